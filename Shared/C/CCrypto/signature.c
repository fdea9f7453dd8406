// Public keys and signatures: see include/CCrypto.h.
#include "CCrypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

static EVP_PKEY *key_from(const char *type, OSSL_PARAM *parameters) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context && parameters && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    return key;
}

static int is_valid(EVP_PKEY *key) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    int valid = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return valid;
}

crypto_public_key *crypto_rsa_key(const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent,
                                  size_t exponent_count) {
    ERR_set_mark();
    EVP_PKEY *key = NULL;
    BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (n && e && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n)
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e)) {
        OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
        key = key_from("RSA", parameters);
        OSSL_PARAM_free(parameters);
    }
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    ERR_pop_to_mark();
    return key;
}

crypto_public_key *crypto_p256_key(const uint8_t *point, size_t count) {
    char group[] = "P-256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, count), OSSL_PARAM_construct_end()};
    ERR_set_mark();
    EVP_PKEY *key = key_from("EC", parameters);
    if (key && !is_valid(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_pop_to_mark();
    return key;
}

void crypto_key_free(crypto_public_key *key) { EVP_PKEY_free(key); }

enum padding { padding_none, padding_pkcs1, padding_pss };

static int pad(EVP_PKEY_CTX *context, enum padding padding) {
    switch (padding) {
    case padding_none:
        return 1;
    case padding_pkcs1:
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case padding_pss:
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    return 0;
}

static int verify(EVP_PKEY *key, enum padding padding, const uint8_t *signature, size_t signature_count,
                  const uint8_t *data, size_t count) {
    ERR_set_mark();
    EVP_PKEY_CTX *parameters = NULL;  // belongs to the digest context
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int valid = context && EVP_DigestVerifyInit_ex(context, &parameters, "SHA256", NULL, NULL, key, NULL) == 1
        && pad(parameters, padding) && EVP_DigestVerify(context, signature, signature_count, data, count) == 1;
    EVP_MD_CTX_free(context);
    ERR_pop_to_mark();
    return valid;
}

int crypto_verify_rsa_pkcs1_sha256(crypto_public_key *key, const uint8_t *signature, size_t signature_count,
                                   const uint8_t *data, size_t count) {
    return verify(key, padding_pkcs1, signature, signature_count, data, count);
}

int crypto_verify_rsa_pss_sha256(crypto_public_key *key, const uint8_t *signature, size_t signature_count,
                                 const uint8_t *data, size_t count) {
    return verify(key, padding_pss, signature, signature_count, data, count);
}

// libcrypto takes the DER form (RFC 3279 section 2.2.3), JWS carries the raw pair (RFC 7518 section 3.4).
static unsigned char *der(const uint8_t *signature, int *length) {
    unsigned char *out = NULL;
    BIGNUM *r = BN_bin2bn(signature, 32, NULL);
    BIGNUM *s = BN_bin2bn(signature + 32, 32, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    if (r && s && pair && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL;  // now the pair's
        *length = i2d_ECDSA_SIG(pair, &out);
    }
    ECDSA_SIG_free(pair);
    BN_free(r);
    BN_free(s);
    return out;
}

int crypto_verify_p256_sha256(crypto_public_key *key, const uint8_t *signature, const uint8_t *data, size_t count) {
    int length = 0;
    ERR_set_mark();
    unsigned char *encoded = der(signature, &length);
    ERR_pop_to_mark();
    int valid = encoded && length > 0 && verify(key, padding_none, encoded, (size_t)length, data, count);
    OPENSSL_free(encoded);
    return valid;
}
