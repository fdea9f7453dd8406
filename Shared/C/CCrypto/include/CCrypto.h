// What Crypto needs of libcrypto 3.0, with lengths and nullability in the signatures.
//
// Algorithms are fetched once per process, contexts are kept per thread and hold no key between calls. Every function
// returns 1 for success and 0 for failure, leaves the thread's OpenSSL error queue as it found it (libpq and libcurl
// read that queue too), and takes a null pointer for data whose length is zero.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum { crypto_sha256_size = 32, crypto_aes_key_size = 32, crypto_gcm_nonce_size = 12, crypto_gcm_tag_size = 16 };

int crypto_random(uint8_t *out, size_t count);
int crypto_random_private(uint8_t *out, size_t count);

int crypto_sha256(const uint8_t *_Nullable data, size_t count, uint8_t *digest);

int crypto_hmac_sha256(const uint8_t *_Nullable key, size_t key_count, const uint8_t *_Nullable data, size_t count,
                       uint8_t *code);

int crypto_hkdf_sha256(const uint8_t *_Nullable key, size_t key_count, const uint8_t *_Nullable salt,
                       size_t salt_count, const uint8_t *_Nullable info, size_t info_count, uint8_t *out,
                       size_t out_count);

/// Writes `count` octets of ciphertext and then the tag.
int crypto_gcm_seal(const uint8_t *key, const uint8_t *nonce, const uint8_t *_Nullable aad, size_t aad_count,
                    const uint8_t *_Nullable plain, size_t count, uint8_t *sealed);

/// Reads `count` octets of ciphertext followed by the tag; `plain` holds nothing useful unless the answer is 1.
int crypto_gcm_open(const uint8_t *key, const uint8_t *nonce, const uint8_t *_Nullable aad, size_t aad_count,
                    const uint8_t *sealed, size_t count, uint8_t *plain);

/// A public key. Immutable, and usable from several threads at once.
typedef struct evp_pkey_st crypto_public_key;

/// Big-endian integers; null when libcrypto refuses them. Bounds are the caller's.
crypto_public_key *_Nullable crypto_rsa_key(const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent,
                                            size_t exponent_count);

/// 0x04, x and y, 65 octets; null when that is no point of P-256.
crypto_public_key *_Nullable crypto_p256_key(const uint8_t *point, size_t count);

void crypto_key_free(crypto_public_key *key);

int crypto_verify_rsa_pkcs1_sha256(crypto_public_key *key, const uint8_t *_Nullable signature, size_t signature_count,
                                   const uint8_t *_Nullable data, size_t count);
int crypto_verify_rsa_pss_sha256(crypto_public_key *key, const uint8_t *_Nullable signature, size_t signature_count,
                                 const uint8_t *_Nullable data, size_t count);

/// The signature is r and s, 32 octets each.
int crypto_verify_p256_sha256(crypto_public_key *key, const uint8_t *signature, const uint8_t *_Nullable data,
                              size_t count);

#pragma clang assume_nonnull end
