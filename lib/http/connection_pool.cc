#include "http/connection_pool.h"

#include <initializer_list>

#include "base/check.h"

namespace awps {

ConnectionPool::ConnectionPool() : share_(curl_share_init()) {
  AWPS_CHECK(share_ != nullptr);
  for (const curl_lock_data kind : {CURL_LOCK_DATA_CONNECT, CURL_LOCK_DATA_DNS}) {
    AWPS_CHECK(curl_share_setopt(share_, CURLSHOPT_SHARE, kind) == CURLSHE_OK);
  }
}

ConnectionPool::~ConnectionPool() {
  AWPS_CHECK(curl_share_cleanup(share_) == CURLSHE_OK);  // fails while a transfer uses it
}

}  // namespace awps
