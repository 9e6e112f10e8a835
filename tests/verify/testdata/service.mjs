// npm install jose; save as service.mjs, then: node service.mjs
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const scope = "read"; // what a caller needs
const issuer = process.env.ISSUER;
const audience = process.env.AUDIENCE || issuer;

// Once, at the start: it keeps the keys for 5 minutes, and fetches them again for a kid that it doesn't know, but not
// more often than every 5 seconds.
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), { cacheMaxAge: 300_000, cooldownDuration: 5_000 });

const server = createServer(async (request, response) => {
  const refuse = (status, challenge) => response.writeHead(status, { "WWW-Authenticate": challenge }).end();
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) return refuse(401, "Bearer");
  let claims;
  try {
    ({ payload: claims } = await jwtVerify(token, keys, {
      algorithms: ["SIGNING_ALG"], typ: "at+jwt", issuer, audience, requiredClaims: ["exp", "client_id"],
    }));
  } catch (error) {
    console.error("refused:", error.message); // for you; the caller learns no more than invalid_token
    return refuse(401, 'Bearer error="invalid_token"');
  }
  if (!(claims.scope ?? "").split(" ").includes(scope)) {
    return refuse(403, `Bearer error="insufficient_scope", scope="${scope}"`);
  }
  response.end(`hello ${claims.client_id}\n`);
});

server.listen(process.env.PORT ?? 8090, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
