# pip install "pyjwt[crypto]" (Debian: apt install python3-jwt python3-cryptography); save as service.py, then: python3 service.py
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

scope = "read"  # what a caller needs
issuer = os.environ["ISSUER"]
audience = os.environ.get("AUDIENCE") or issuer

# Once, at the start: it keeps the keys for 5 minutes, and fetches them again for a kid that it doesn't know.
keys = jwt.PyJWKClient(issuer + "/.well-known/jwks.json", lifespan=300)


def verify(token):
    """The claims of a good token; an exception for any other."""
    claims = jwt.decode(
        token, keys.get_signing_key_from_jwt(token).key, algorithms=["SIGNING_ALG"], issuer=issuer, audience=audience,
        options={"require": ["exp", "iss", "aud", "client_id"]},
        leeway=5,  # seconds by which two clocks may differ: iat must not lie in the future
    )
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":  # verified by now
        raise jwt.InvalidTokenError("not an access token")
    return claims


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return self.refuse(401, "Bearer")
        try:
            claims = verify(token)
        except Exception as error:  # whatever a stranger's text does to a parser
            self.log_message("refused: %s", error)  # for you; the caller learns no more than invalid_token
            return self.refuse(401, 'Bearer error="invalid_token"')
        if scope not in claims.get("scope", "").split():
            return self.refuse(403, f'Bearer error="insufficient_scope", scope="{scope}"')
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"hello {claims['client_id']}\n".encode())

    def refuse(self, status, challenge):
        self.send_response(status)
        self.send_header("WWW-Authenticate", challenge)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8090))), Service)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
