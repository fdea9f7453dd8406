#pragma once
// What HTTPClient needs of libcurl: libcurl's variadic setters and getters, one function per type of argument, with
// nullability. libcurl makes and verifies connections here; it never speaks HTTP.
#define CURL_STRICTER
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <string.h>
#include <netinet/in.h>

#pragma clang assume_nonnull begin

static inline CURLcode cloakroom_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

/// libcurl copies the string.
static inline CURLcode cloakroom_curl_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode cloakroom_curl_set_pointer(CURL *easy, CURLoption option, void *_Nullable value) {
  return curl_easy_setopt(easy, option, value);
}

typedef curl_socket_t (*cloakroom_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

/// `open` makes the socket for a resolved address, or refuses with CURL_SOCKET_BAD.
static inline CURLcode cloakroom_curl_set_open(CURL *easy, cloakroom_curl_open open, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
}

/// libcurl lets OpenSSL take a connection that just ends for one that was ended properly; not here, where the end may
/// be the end of a body (RFC 9112 section 9.8).
static inline CURLcode cloakroom_curl_be_strict(CURL *easy, void *context, void *_Nullable unused) {
  SSL_CTX_clear_options((SSL_CTX *)context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return CURLE_OK;
}

static inline CURLcode cloakroom_curl_set_strict_end(CURL *easy) {
  return curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, cloakroom_curl_be_strict);
}

/// After `curl_easy_recv` said that nothing more comes: whether the peer said so itself (close_notify), because libcurl
/// takes the bare end of the TCP connection for it.
static inline int cloakroom_curl_ended_properly(CURL *easy) {
  struct curl_tlssessioninfo *session = NULL;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session || !session->internals) return 0;
  return (SSL_get_shutdown((const SSL *)session->internals) & SSL_RECEIVED_SHUTDOWN) != 0;
}

/// The descriptor of a connected handle; -1 when there is none.
static inline int cloakroom_curl_socket(CURL *easy) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? socket : -1;
}

/// What CURLOPT_PRIVATE was set to.
static inline void *_Nullable cloakroom_curl_private(CURL *easy) {
  char *value = NULL;
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) == CURLE_OK ? value : NULL;
}

typedef int (*cloakroom_curl_interest)(CURL *easy, curl_socket_t socket, int what, void *context,
                                       void *_Nullable entry);
typedef int (*cloakroom_curl_timer)(CURLM *multi, long milliseconds, void *context);

/// `interest` hears what to watch each socket for, `timer` when to act without one.
static inline CURLMcode cloakroom_curl_set_callbacks(CURLM *multi, cloakroom_curl_interest interest,
                                                     cloakroom_curl_timer timer, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, interest);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  if (code == CURLM_OK) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return code;
}

/// The next handle that has connected or failed, and how; null when there is none.
static inline CURL *_Nullable cloakroom_curl_finished(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message = curl_multi_info_read(multi, &left);
  if (!message || message->msg != CURLMSG_DONE) return NULL;
  *result = message->data.result;
  return message->easy_handle;
}

/// Copies the 4 or 16 octets of an internet address and returns how many; 0 for another family.
static inline int cloakroom_curl_octets(const struct curl_sockaddr *address, uint8_t *octets) {
  const void *kernel_form = &address->addr;
  if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
    memcpy(octets, &((const struct sockaddr_in *)kernel_form)->sin_addr, 4);
    return 4;
  }
  if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
    memcpy(octets, &((const struct sockaddr_in6 *)kernel_form)->sin6_addr, 16);
    return 16;
  }
  return 0;
}

#pragma clang assume_nonnull end
