/* The national ciphers, through OpenSSL: SM2 signatures over SM3, SM4 in blocks. */
#ifndef GATEWAY_SM_INTERNAL_H
#define GATEWAY_SM_INTERNAL_H
#include "base/base.h"

#define SM_KEY_BYTES       32
#define SM_POINT_BYTES     65 /* 04, x, y */
#define SM_SIGNATURE_BYTES 64 /* r, s */

/* ---- encodings ---- */

str sm_hex(str bytes, bool capitals, arena *a);
str sm_base64(str bytes, arena *a);
/* Hex if it can be, else base64, with or without padding; false = neither. */
bool sm_bytes(str *out, str text, arena *a);

/* ---- SM3 ---- */

str sm3_hex(str bytes, arena *a); /* "" = not available */

/* ---- SM2 ---- */

/* 04, x and y (or x and y) in hex or base64, or the base64 of a SubjectPublicKeyInfo. */
bool sm2_public_read(unsigned char out[SM_POINT_BYTES], str text, arena *a);
bool sm2_private_read(unsigned char out[SM_KEY_BYTES], str text, arena *a);
bool sm2_public_of(unsigned char out[SM_POINT_BYTES], const unsigned char key[SM_KEY_BYTES]);
/* r and s one after the other, or DER; hex or base64. */
bool sm2_signature_read(unsigned char out[SM_SIGNATURE_BYTES], str text, arena *a);
bool sm2_verify(const unsigned char point[SM_POINT_BYTES],
                const unsigned char signature[SM_SIGNATURE_BYTES],
                str bytes,
                str user);
/* False = the key is none, or OpenSSL failed. */
bool sm2_sign(unsigned char out[SM_SIGNATURE_BYTES],
              const unsigned char key[SM_KEY_BYTES],
              str bytes,
              str user);
/* SM3 of what SM2 signs: of the user's name, the curve and the key, then the bytes; hex. */
str sm2_digest(const unsigned char point[SM_POINT_BYTES], str bytes, str user, arena *a);

/* ---- SM4, ECB with PKCS#7 padding ---- */

bool sm4_encrypt(str *out, str key, str bytes, arena *a);
bool sm4_decrypt(str *out, str key, str bytes, arena *a); /* false = another key, or damaged */
/* The first 16 hex digits, in capitals, of the secret encrypted with the first 16 bytes of the
 * application's number. */
bool sm4_key_of(str *out, str app_id, str app_secret, arena *a);

#endif
