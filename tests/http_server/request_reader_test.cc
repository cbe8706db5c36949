// What a request may be, byte by byte: framing is strict, and the split of the bytes is no matter.

#include "http_server/request_reader.h"

#include <gtest/gtest.h>

#include <random>

namespace awps::http_server {
namespace {

constexpr size_t kMaxHead = 1024;
constexpr size_t kMaxBody = 64;

/// What a reader said of some bytes: "head", "body:…", then "413" or "400" and so on.
using Words = std::vector<std::string>;

/// Reads the bytes in pieces of the given sizes, the last one again and again.
Words words_of(const std::string& bytes, const std::vector<size_t>& sizes) {
  RequestReader reader(kMaxHead);
  Words words;
  size_t begin = 0;
  for (size_t piece = 0; begin < bytes.size(); ++piece) {
    const size_t size = sizes[std::min(piece, sizes.size() - 1)];
    std::string_view input = std::string_view(bytes).substr(begin, size);
    begin += input.size();
    for (auto event = reader.read(input); event != RequestReader::Event::kNothing;
         event = reader.read(input)) {
      if (event == RequestReader::Event::kRefused) {
        words.push_back(std::to_string(reader.refusal().status));
        return words;
      }
      if (event == RequestReader::Event::kHead) {
        reader.set_max_body(kMaxBody);
        words.push_back(reader.head().request.method + " " + reader.head().request.target);
        continue;
      }
      const RequestHead whole = reader.take();
      words.push_back("body:" + whole.request.body);
    }
  }
  if (reader.is_in_request()) words.emplace_back("more");
  return words;
}

Words words_of(const std::string& bytes) {
  return words_of(bytes, {bytes.size()});
}

std::string post(const std::string& headers, const std::string& body = {}) {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

struct Row {
  const char* name;
  std::string bytes;
  std::string last;  // of the words
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

// What two readers could understand differently.
const Row kRows[] = {
    {"LengthWithTransferEncoding",
     post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
    {"TransferEncodingWithLength",
     post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), "400"},
    {"TwoEqualLengths", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), "400"},
    {"TwoLengths", post("Content-Length: 1\r\ncontent-length: 2\r\n", "xx"), "400"},
    {"LengthsInAList", post("Content-Length: 1, 1\r\n", "x"), "400"},
    {"LengthWithASign", post("Content-Length: +1\r\n", "x"), "400"},
    {"LengthBelowZero", post("Content-Length: -1\r\n", "x"), "400"},
    {"LengthInHexadecimal", post("Content-Length: 0x1\r\n", "x"), "400"},
    {"LengthOfNothing", post("Content-Length:\r\n"), "400"},
    {"LengthThatIsABlank", post("Content-Length: 1 1\r\n", "x"), "400"},
    {"LengthTooLong", post("Content-Length: 18446744073709551617\r\n", "x"), "400"},
    {"LengthWithZerosInFront", post("Content-Length: 0001\r\n", "x"), "body:x"},
    {"GzipThenChunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "400"},
    {"Identity", post("Transfer-Encoding: identity\r\n", "x"), "400"},
    {"ChunkedTwiceInOne", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), "400"},
    {"ChunkedTwice",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
    {"ChunkedWithATabInFront", post("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n"), "body:"},
    {"ChunkedWithAMark",
     post("Transfer-Encoding: \x0b"
          "chunked\r\n",
          "0\r\n\r\n"),
     "400"},
    {"ChunkedInCapitals", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"), "body:"},
    {"ChunkedOfAnOldVersion", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "400"},
    {"BareLineFeed", "POST /x HTTP/1.1\nHost: h\n\n", "400"},
    {"BareLineFeedInAHeader", post("A: b\nContent-Length: 1\r\n", "x"), "400"},
    {"BareReturn", post("A: b\rContent-Length: 1\r\n", "x"), "400"},
    {"TwoReturns", "POST /x HTTP/1.1\r\r\nHost: h\r\n\r\n", "400"},
    {"EmptyLineInFront", "\r\nPOST /x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"FoldedHeader", post("A: b\r\n c\r\n"), "400"},
    {"FoldedWithATab", post("A: b\r\n\tContent-Length: 1\r\n", "x"), "400"},
    {"FoldedFirstHeader", "POST /x HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
    {"BlankBeforeColon", post("Content-Length : 1\r\n", "x"), "400"},
    {"TabBeforeColon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"), "400"},
    {"NoName", post(": x\r\n"), "400"},
    {"NoColon", post("Content-Length\r\n"), "400"},
    {"NullInAName", post(std::string("A\0: b\r\n", 7)), "400"},
    {"NullInAValue", post(std::string("A: \0\r\n", 6)), "400"},
    {"AbsoluteForm", "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"Connect", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"ConnectWithAPath", "CONNECT /x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"Upgrade", post("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "400"},
    {"UpgradeToHttp2", post("Upgrade: h2c\r\n"), "400"},
    {"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
    {"VersionOfOneDigit", "GET /x HTTP/1\r\nHost: h\r\n\r\n", "400"},
    {"VersionInSmallLetters", "GET /x http/1.1\r\nHost: h\r\n\r\n", "400"},
    {"NoVersion", "GET /x\r\nHost: h\r\n\r\n", "400"},
    {"TwoBlanks", "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"BlankInTheTarget", "GET /x y HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"RawUtf8InTheTarget", "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"MethodWithABracket", "G(T /x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
    {"TlsToAPlainServer", "\x16\x03\x01\x02", "400"},
    {"NoHost", "GET /x HTTP/1.1\r\n\r\n", "400"},
    {"NoHostOfAnOldVersion", "GET /x HTTP/1.0\r\n\r\n", "body:"},
    {"TwoHosts", post("Host: i\r\n"), "400"},
    {"TwoHostsInOtherLetters", post("hOST: h\r\n"), "400"},
    {"TwoAuthorizations", post("Authorization: a\r\nAuthorization: a\r\n"), "400"},
    {"TwoClientRequestIds", post("x-ms-client-request-id: a\r\nX-MS-Client-Request-Id: a\r\n"),
     "400"},
    {"TwoOfOurHeaders", post("x-awpsd-answer: accepted\r\nX-AWPSD-Answer: delivered\r\n"), "400"},
    {"TwoContentTypes", post("Content-Type: text/plain\r\nContent-Type: text/css\r\n"), "400"},
    {"TwoOfOthers", post("Accept: a\r\nAccept: b\r\n"), "body:"},
    {"BodyOnGet", "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", "400"},
    {"BodyOnHead", "HEAD /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", "400"},
    {"ChunkedBodyOnGet",
     "GET /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
    {"EmptyBodyOnGet", "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "body:"},
    {"BodyOnDelete", "DELETE /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", "body:x"},
    {"AnotherExpectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "x"), "417"},
    {"Expectation", post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x"), "body:x"},
    {"LargestHead", post("A: " + std::string(kMaxHead - 34, 'a') + "\r\n"), "body:"},
    {"HeadTooLarge", post("A: " + std::string(kMaxHead - 33, 'a') + "\r\n"), "431"},
    {"TargetTooLarge", "GET /" + std::string(kMaxHead, 'x') + " HTTP/1.1\r\n\r\n", "431"},
    {"LargestBody", post("Content-Length: 64\r\n", std::string(64, 'x')),
     "body:" + std::string(64, 'x')},
    {"BodyTooLarge", post("Content-Length: 65\r\n"), "413"},
    {"ChunksOfLargestBody",
     chunked("20\r\n" + std::string(32, 'x') + "\r\n20\r\n" + std::string(32, 'x') +
             "\r\n0\r\n\r\n"),
     "body:" + std::string(64, 'x')},
    {"ChunksTooLarge", chunked("20\r\n" + std::string(32, 'x') + "\r\n21\r\n"), "413"},
    {"ChunkOfAllBits", chunked("ffffffffffffffff\r\n"), "413"},
    {"ChunkOfTooManyDigits", chunked("00000000000000001\r\nx"), "400"},
    {"ChunkWithoutSize", chunked("\r\n"), "400"},
    {"ChunkSizeWithASign", chunked("+1\r\nx\r\n0\r\n\r\n"), "400"},
    {"ChunkSizeInHexadecimalSigns", chunked("0x1\r\nx\r\n0\r\n\r\n"), "400"},
    {"ChunkSizeWithABlank", chunked("1 \r\nx\r\n0\r\n\r\n"), "400"},
    {"ChunkSizeWithABareLineFeed", chunked("1\nx\r\n0\r\n\r\n"), "400"},
    {"ChunkSizeWithABareReturn", chunked("1\rx\r\n0\r\n\r\n"), "400"},
    {"ChunkLongerThanItsSize", chunked("1\r\nxy\r\n0\r\n\r\n"), "400"},
    {"ChunkWithoutAnEnd", chunked("1\r\nx0\r\n\r\n"), "400"},
    {"ChunkWithABareLineFeed", chunked("1\r\nx\n0\r\n\r\n"), "400"},
    {"Extension", chunked("1;a=b\r\nx\r\n0;c\r\n\r\n"), "body:x"},
    {"ExtensionWithABareLineFeed", chunked("1;a\nx\r\n0\r\n\r\n"), "400"},
    {"LargestExtension", chunked("1;" + std::string(255, 'a') + "\r\nx\r\n0\r\n\r\n"), "body:x"},
    {"ExtensionTooLarge", chunked("1;" + std::string(256, 'a') + "\r\nx\r\n0\r\n\r\n"), "400"},
    {"ExtensionsTogetherTooLarge",
     chunked("1;" + std::string(200, 'a') + "\r\nx\r\n1;" + std::string(60, 'a') + "\r\n"), "400"},
    {"Trailer", chunked("1\r\nx\r\n0\r\nContent-Length: 9\r\n\r\n"), "body:x"},
    {"TrailerTooLarge", chunked("0\r\nA: " + std::string(254, 'a') + "\r\n\r\n"), "400"},
    {"TrailerWithABareLineFeed", chunked("0\r\nA: a\n\r\n"), "400"},
    {"LastChunkWithoutAnEnd", chunked("0\r\n\rx"), "400"},
    {"Silence", "", ""},
    {"HalfAHead", "POST /x HTTP/1.1\r\nHost", "more"},
    {"HalfABody", post("Content-Length: 2\r\n", "x"), "more"},
};

class Framing : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(All, Framing, testing::ValuesIn(kRows),
                         [](const auto& test) { return test.param.name; });

TEST_P(Framing, IsStrict) {
  const Words words = words_of(GetParam().bytes);
  EXPECT_EQ(words.empty() ? "" : words.back(), GetParam().last);
}

TEST_P(Framing, IsTheSameHoweverTheBytesComeAndWhateverCameBefore) {
  const std::string& bytes = GetParam().bytes;
  const Words whole = words_of(bytes);
  EXPECT_EQ(words_of(bytes, {1}), whole);
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    ASSERT_EQ(words_of(bytes, {cut, bytes.size()}), whole) << cut;
  }
  // A body never outlives its request: the second is read as if it were the first.
  const std::string before = chunked("2\r\nab\r\n0\r\n\r\n");
  Words both = words_of(before);
  both.insert(both.end(), whole.begin(), whole.end());
  EXPECT_EQ(words_of(before + bytes), both);
}

TEST(RequestReader, GivesHeadersAsTheyCame) {
  RequestReader reader(kMaxHead);
  const std::string bytes = post("a-B:  c d \t\r\nempty:\r\nUtf: \xc3\xa4\r\n");
  std::string_view input = bytes;
  ASSERT_EQ(reader.read(input), RequestReader::Event::kHead);
  const Request& request = reader.head().request;
  using Header = std::pair<std::string, std::string>;
  EXPECT_EQ(
      request.headers,
      (std::vector<Header>{{"Host", "h"}, {"a-B", "c d"}, {"empty", ""}, {"Utf", "\xc3\xa4"}}));
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/x");
}

TEST(RequestReader, KnowsWhetherTheConnectionGoesOn) {
  const std::pair<std::string, bool> cases[] = {
      {"GET /x HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
      {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: foo, Close\r\n\r\n", false},
      {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: foo\r\nConnection: close\r\n\r\n", false},
      {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", true},
      {"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
  };
  for (const auto& [bytes, goes_on] : cases) {
    RequestReader reader(kMaxHead);
    std::string_view input = bytes;
    ASSERT_EQ(reader.read(input), RequestReader::Event::kHead) << bytes;
    EXPECT_EQ(reader.head().keeps_alive, goes_on) << bytes;
  }
}

TEST(RequestReader, RefusesTooManyHeaders) {
  std::string headers;
  for (size_t i = 0; i < kMaxHeaders; ++i) headers += "a:\r\n";
  RequestReader reader(16UL * 1024);
  std::string bytes = post(headers);
  std::string_view input = bytes;
  ASSERT_EQ(reader.read(input), RequestReader::Event::kRefused);
  EXPECT_EQ(reader.refusal().status, 431);
  RequestReader other(16UL * 1024);
  bytes = post(headers.substr(4));
  input = bytes;
  EXPECT_EQ(other.read(input), RequestReader::Event::kHead);
}

TEST(RequestReader, KeepsNothingOfABodyThatIsThrownAway) {
  RequestReader reader(kMaxHead);
  const std::string bytes = post("Content-Length: 3\r\n", "abc") + post("");
  std::string_view input = bytes;
  ASSERT_EQ(reader.read(input), RequestReader::Event::kHead);
  reader.throw_body_away();
  ASSERT_EQ(reader.read(input), RequestReader::Event::kRequest);
  EXPECT_EQ(reader.take().request.body, "");
  EXPECT_EQ(reader.read(input), RequestReader::Event::kHead);
}

/// Requests one after another, each whole, cut at random places.
TEST(RequestReader, ReadsManyRequestsAsTheyWereWritten) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&random](size_t n) {
    return std::uniform_int_distribution<size_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    Words expected;
    for (size_t i = 0; i < 1 + below(5); ++i) {
      const std::string target = "/" + std::to_string(i);
      std::string body(below(kMaxBody + 1), 'x');
      for (char& c : body) c = static_cast<char>(below(256));
      bytes += "POST " + target + " HTTP/1.1\r\nHost: h\r\n";
      if (below(2) == 0) {
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      } else {
        bytes += "Transfer-Encoding: chunked\r\n\r\n";
        for (size_t at = 0; at < body.size();) {
          const size_t size = std::min(1 + below(9), body.size() - at);
          bytes += std::to_string(size) + "\r\n" + body.substr(at, size) + "\r\n";
          at += size;
        }
        bytes += "0\r\n\r\n";
      }
      expected.push_back("POST " + target);
      expected.push_back("body:" + body);
    }
    std::vector<size_t> sizes;
    for (int i = 0; i < 20; ++i) sizes.push_back(1 + below(50));
    ASSERT_EQ(words_of(bytes, sizes), expected) << round;
  }
}

}  // namespace
}  // namespace awps::http_server
