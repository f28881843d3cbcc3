/* jwt: what a JSON web token needs of cryptography, by GnuTLS (RFC 7515, 7518): signatures, thumbprints, base64url. The
 * JSON in it is the caller's. Neighbours: oauth.c. */
#ifndef DAEMON_JWT_H
#define DAEMON_JWT_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

enum jwt_algorithm {
	JWT_RS256, /* RSASSA-PKCS1-v1_5 with SHA-256: what Google takes */
	JWT_PS256, /* RSASSA-PSS likewise: what Microsoft asks for */
};

/* Signs header and claims, both JSON, with an RSA key in PEM. The token belongs to the arena. ERR_USE with what is
 * wrong with the key, never with anything of it. */
int jwt_sign(struct arena *a, enum jwt_algorithm algorithm, struct slice key_pem, const char *header,
	     const char *claims, char **out, struct err *err);

/* The value of "x5t#S256" (RFC 7515 4.1.8) for the first certificate of a PEM file. ERR_USE where it is none, has
 * expired, or is not the key's. */
int jwt_thumbprint(struct arena *a, const char *certificate_file, struct slice key_pem, const char **out,
		   struct err *err);

/* 128 random bits for "jti". NULL where there are none. */
const char *jwt_nonce(struct arena *a);

/* The claims of a token as JSON, not verified: for advice to people and nothing else. Absent where it is no JWT. */
struct slice jwt_claims(struct arena *a, const char *token);
#endif
