#pragma once

// The live page, which is compiled into the program, and the policy that its browser obeys.
//
// Pure.

#include <string>
#include <string_view>

namespace awps::admin {

/// page/index.html, with the other files of its folder put in.
std::string_view page_html();

/// A Content-Security-Policy that lets run the page's own <script> and <style> elements, by their
/// hashes, and nothing else; it may ask its own origin.
std::string content_security_policy(std::string_view html);

}  // namespace awps::admin
