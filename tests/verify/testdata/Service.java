// JDK 17 or newer and nothing else; save as Service.java, then: java Service.java
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

public class Service {
  static final String ALGORITHM = "SIGNING_ALG";
  static final String SCOPE = "read"; // what a caller needs
  static final String ISSUER = System.getenv("ISSUER");
  static final String AUDIENCE = Optional.ofNullable(System.getenv("AUDIENCE")).orElse(ISSUER);
  static final Keys KEYS = new Keys(ISSUER + "/.well-known/jwks.json"); // once, at the start

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(Optional.ofNullable(System.getenv("PORT")).orElse("8090"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", Service::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    System.out.println("listening on http://127.0.0.1:" + server.getAddress().getPort());
  }

  static void answer(HttpExchange call) throws IOException {
    String[] credentials = Optional.ofNullable(call.getRequestHeaders().getFirst("Authorization")).orElse("").split(" ", 2);
    if (credentials.length < 2 || !credentials[0].equalsIgnoreCase("Bearer")) {
      refuse(call, 401, "Bearer");
      return;
    }
    Map<?, ?> claims;
    try {
      claims = verify(credentials[1]);
    } catch (Exception e) {
      System.err.println("refused: " + e.getMessage()); // for you; the caller learns no more than invalid_token
      refuse(call, 401, "Bearer error=\"invalid_token\"");
      return;
    }
    if (!List.of(String.valueOf(claims.get("scope")).split(" ")).contains(SCOPE)) {
      refuse(call, 403, "Bearer error=\"insufficient_scope\", scope=\"" + SCOPE + "\"");
      return;
    }
    byte[] body = ("hello " + claims.get("client_id") + "\n").getBytes(StandardCharsets.UTF_8);
    call.sendResponseHeaders(200, body.length);
    call.getResponseBody().write(body);
    call.close();
  }

  static void refuse(HttpExchange call, int status, String challenge) throws IOException {
    call.getResponseHeaders().set("WWW-Authenticate", challenge);
    call.sendResponseHeaders(status, -1);
    call.close();
  }

  /** The claims of a good token; an exception for any other. */
  static Map<?, ?> verify(String token) throws Exception {
    String[] parts = token.split("\\.", -1);
    check(token.length() <= 16_384 && parts.length == 3, "not a JWT");
    Map<?, ?> header = (Map<?, ?>) Json.read(decode(parts[0]));
    check(ALGORITHM.equals(header.get("alg")), "alg is not " + ALGORITHM);
    check("at+jwt".equals(header.get("typ")) && !header.containsKey("crit"), "not an access token");
    Signature signature = Signature.getInstance(switch (ALGORITHM) {
      case "RS256" -> "SHA256withRSA";
      case "ES256" -> "SHA256withECDSAinP1363Format";
      default -> "Ed25519"; // EdDSA
    });
    signature.initVerify(KEYS.get(String.valueOf(header.get("kid"))));
    signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
    check(signature.verify(decode(parts[2])), "the signature is wrong");

    Map<?, ?> claims = (Map<?, ?>) Json.read(decode(parts[1]));
    Object audience = claims.get("aud"); // one or a list
    check(ISSUER.equals(claims.get("iss")), "another issuer");
    check(AUDIENCE.equals(audience) || audience instanceof List<?> list && list.contains(AUDIENCE), "for another audience");
    check(claims.get("exp") instanceof Double exp && exp > System.currentTimeMillis() / 1000.0, "expired");
    return claims;
  }

  static void check(boolean holds, String otherwise) throws GeneralSecurityException {
    if (!holds) throw new GeneralSecurityException(otherwise);
  }

  static byte[] decode(Object base64url) {
    return Base64.getUrlDecoder().decode((String) base64url);
  }

  /**
   * The portal's public keys: kept for 5 minutes, and fetched again for a kid that is not among them, but not more often
   * than every 5 seconds.
   */
  static class Keys {
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final HttpRequest request;
    private Map<String, PublicKey> keys = Map.of();
    private long fetched = System.nanoTime() - Duration.ofHours(1).toNanos();

    Keys(String address) {
      request = HttpRequest.newBuilder(URI.create(address)).timeout(Duration.ofSeconds(10)).build();
    }

    synchronized PublicKey get(String kid) throws Exception {
      long age = Duration.ofNanos(System.nanoTime() - fetched).toSeconds();
      if (age >= 300 || age >= 5 && !keys.containsKey(kid)) {
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        check(response.statusCode() == 200, "the key set can't be read: " + response.statusCode());
        keys = read((Map<?, ?>) Json.read(response.body()));
        fetched = System.nanoTime();
      }
      check(keys.containsKey(kid), "no key has this kid");
      return keys.get(kid);
    }

    private static Map<String, PublicKey> read(Map<?, ?> set) throws Exception {
      Map<String, PublicKey> keys = new HashMap<>();
      for (Object member : (List<?>) set.get("keys")) {
        Map<?, ?> key = (Map<?, ?>) member;
        if (ALGORITHM.equals(key.get("alg"))) keys.put((String) key.get("kid"), publicKey(key));
      }
      return keys;
    }

    private static PublicKey publicKey(Map<?, ?> key) throws Exception {
      switch (ALGORITHM) {
        case "RS256":
          return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(key.get("n")), number(key.get("e"))));
        case "ES256":
          AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
          curve.init(new ECGenParameterSpec("secp256r1"));
          ECPoint point = new ECPoint(number(key.get("x")), number(key.get("y")));
          return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class)));
        default: // EdDSA: what comes before the 32 bytes of an Ed25519 key in its X.509 form
          String der = "302a300506032b6570032100" + HexFormat.of().formatHex(decode(key.get("x")));
          return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(HexFormat.of().parseHex(der)));
      }
    }

    private static BigInteger number(Object base64url) {
      return new BigInteger(1, decode(base64url));
    }
  }

  /** A small reader of JSON. If your service has a JSON library, use that. */
  static class Json {
    private final String text;
    private int at;

    private Json(String text) {
      this.text = text;
    }

    /** A Map, List, String, Double or Boolean, or null. */
    static Object read(byte[] utf8) {
      Json json = new Json(new String(utf8, StandardCharsets.UTF_8));
      Object value = json.value(0);
      if (json.peek() != 0) throw json.wrong();
      return value;
    }

    private Object value(int depth) {
      if (depth > 20) throw wrong();
      switch (peek()) {
        case '{':
          Map<String, Object> map = new HashMap<>();
          for (at++; peek() != '}' || !map.isEmpty(); ) {
            String name = string();
            expect(':');
            if (map.containsKey(name)) throw wrong();
            map.put(name, value(depth + 1));
            if (peek() == '}') break;
            expect(',');
          }
          expect('}');
          return map;
        case '[':
          List<Object> list = new ArrayList<>();
          for (at++; peek() != ']' || !list.isEmpty(); ) {
            list.add(value(depth + 1));
            if (peek() == ']') break;
            expect(',');
          }
          expect(']');
          return list;
        case '"':
          return string();
        default:
          int start = at;
          while (at < text.length() && ",:]} \t\r\n".indexOf(text.charAt(at)) < 0) at++;
          String word = text.substring(start, at);
          return switch (word) {
            case "true", "false" -> word.equals("true");
            case "null" -> null;
            default -> {
              if (!word.matches("-?[0-9]{1,20}(\\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?")) throw wrong();
              yield Double.valueOf(word);
            }
          };
      }
    }

    private String string() {
      expect('"');
      StringBuilder out = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        char c = text.charAt(at++);
        if (c < ' ') throw wrong();
        if (c == '\\') {
          c = text.charAt(at++);
          int escape = "\"\\/bfnrt".indexOf(c);
          if (c == 'u') {
            c = (char) HexFormat.fromHexDigits(text, at, at += 4);
          } else if (escape < 0) {
            throw wrong();
          } else {
            c = "\"\\/\b\f\n\r\t".charAt(escape);
          }
        }
        out.append(c);
      }
      expect('"');
      return out.toString();
    }

    /** The next character that is no white space, or 0 at the end. */
    private char peek() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
      return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char c) {
      if (peek() != c) throw wrong();
      at++;
    }

    private IllegalArgumentException wrong() {
      return new IllegalArgumentException("not JSON at " + at);
    }
  }
}
