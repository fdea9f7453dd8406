// Digest, MAC, key derivation, AEAD and randomness: see include/CCrypto.h.
#include "CCrypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

static struct {
    EVP_MD *sha256;
    EVP_CIPHER *aes_256_gcm;
    EVP_MAC *hmac;
    EVP_KDF *hkdf;
    pthread_key_t key;
    int ready;
} process;

struct contexts {
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *mac;
    EVP_KDF_CTX *kdf;
    EVP_CIPHER_CTX *cipher;
};

static _Thread_local struct contexts *mine;

static const uint8_t zeros[32];

static char sha256_name[] = "SHA256";

static void release(void *value) {
    struct contexts *contexts = value;
    EVP_MD_CTX_free(contexts->digest);
    EVP_MAC_CTX_free(contexts->mac);
    EVP_KDF_CTX_free(contexts->kdf);
    EVP_CIPHER_CTX_free(contexts->cipher);
    free(contexts);
    mine = NULL;
}

static void prepare_process(void) {
    process.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    process.aes_256_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    process.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    process.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    // The key exists for its destructor: contexts are freed when their thread ends.
    process.ready = process.sha256 && process.aes_256_gcm && process.hmac && process.hkdf
        && pthread_key_create(&process.key, release) == 0;
}

// HMAC's context remembers its digest, the cipher's its cipher: later calls give the key only.
static int prepare(struct contexts *contexts) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256_name, 0), OSSL_PARAM_construct_end()};
    contexts->digest = EVP_MD_CTX_new();
    contexts->mac = EVP_MAC_CTX_new(process.hmac);
    contexts->kdf = EVP_KDF_CTX_new(process.hkdf);
    contexts->cipher = EVP_CIPHER_CTX_new();
    return contexts->digest && contexts->mac && contexts->kdf && contexts->cipher
        && EVP_MAC_CTX_set_params(contexts->mac, parameters)
        && EVP_EncryptInit_ex2(contexts->cipher, process.aes_256_gcm, NULL, NULL, NULL);
}

static struct contexts *contexts_of_thread(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (mine) return mine;
    if (pthread_once(&once, prepare_process) != 0 || !process.ready) return NULL;
    struct contexts *contexts = calloc(1, sizeof *contexts);
    if (!contexts) return NULL;
    if (!prepare(contexts) || pthread_setspecific(process.key, contexts) != 0) {
        release(contexts);
        return NULL;
    }
    return mine = contexts;
}

int crypto_random(uint8_t *out, size_t count) { return RAND_bytes_ex(NULL, out, count, 0) == 1; }

int crypto_random_private(uint8_t *out, size_t count) { return RAND_priv_bytes_ex(NULL, out, count, 0) == 1; }

int crypto_sha256(const uint8_t *data, size_t count, uint8_t *digest) {
    struct contexts *contexts = contexts_of_thread();
    return contexts && EVP_DigestInit_ex2(contexts->digest, process.sha256, NULL)
        && EVP_DigestUpdate(contexts->digest, data, count) && EVP_DigestFinal_ex(contexts->digest, digest, NULL);
}

int crypto_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *data, size_t count, uint8_t *code) {
    struct contexts *contexts = contexts_of_thread();
    if (!contexts) return 0;
    size_t written = 0;
    // A null key would mean "the one before".
    int done = EVP_MAC_init(contexts->mac, key ? key : zeros, key_count, NULL)
        && EVP_MAC_update(contexts->mac, data, count)
        && EVP_MAC_final(contexts->mac, code, &written, crypto_sha256_size);
    EVP_MAC_init(contexts->mac, zeros, sizeof zeros, NULL);  // leaves no key behind
    return done && written == crypto_sha256_size;
}

int crypto_hkdf_sha256(const uint8_t *key, size_t key_count, const uint8_t *salt, size_t salt_count,
                       const uint8_t *info, size_t info_count, uint8_t *out, size_t out_count) {
    struct contexts *contexts = contexts_of_thread();
    if (!contexts) return 0;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256_name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(key ? key : zeros), key_count),
        // No salt and a salt of 32 zeros are the same by definition (RFC 5869 section 2.2).
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(salt_count ? salt : zeros),
                                          salt_count ? salt_count : sizeof zeros),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(info ? info : zeros), info_count),
        OSSL_PARAM_construct_end()};
    ERR_set_mark();
    int done = EVP_KDF_derive(contexts->kdf, out, out_count, parameters) == 1;
    EVP_KDF_CTX_reset(contexts->kdf);  // leaves no key behind
    ERR_pop_to_mark();
    return done;
}

static void forget_key(EVP_CIPHER_CTX *cipher) { EVP_EncryptInit_ex2(cipher, NULL, zeros, NULL, NULL); }

int crypto_gcm_seal(const uint8_t *key, const uint8_t *nonce, const uint8_t *aad, size_t aad_count,
                    const uint8_t *plain, size_t count, uint8_t *sealed) {
    struct contexts *contexts = contexts_of_thread();
    if (!contexts || aad_count > INT32_MAX || count > INT32_MAX) return 0;
    EVP_CIPHER_CTX *cipher = contexts->cipher;
    int written = 0, last = 0;
    int done = EVP_EncryptInit_ex2(cipher, NULL, key, nonce, NULL)
        && (aad_count == 0 || EVP_EncryptUpdate(cipher, NULL, &written, aad, (int)aad_count));
    written = 0;
    done = done && (count == 0 || EVP_EncryptUpdate(cipher, sealed, &written, plain, (int)count))
        && EVP_EncryptFinal_ex(cipher, sealed + written, &last)
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, crypto_gcm_tag_size, sealed + count);
    forget_key(cipher);
    return done && (size_t)written == count;
}

int crypto_gcm_open(const uint8_t *key, const uint8_t *nonce, const uint8_t *aad, size_t aad_count,
                    const uint8_t *sealed, size_t count, uint8_t *plain) {
    struct contexts *contexts = contexts_of_thread();
    if (!contexts || aad_count > INT32_MAX || count > INT32_MAX) return 0;
    EVP_CIPHER_CTX *cipher = contexts->cipher;
    int written = 0, last = 0;
    ERR_set_mark();
    int done = EVP_DecryptInit_ex2(cipher, NULL, key, nonce, NULL)
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, crypto_gcm_tag_size, (void *)(sealed + count))
        && (aad_count == 0 || EVP_DecryptUpdate(cipher, NULL, &written, aad, (int)aad_count));
    written = 0;
    done = done && (count == 0 || EVP_DecryptUpdate(cipher, plain, &written, sealed, (int)count))
        && EVP_DecryptFinal_ex(cipher, plain + written, &last) == 1;
    ERR_pop_to_mark();
    forget_key(cipher);
    return done && (size_t)written == count;
}
