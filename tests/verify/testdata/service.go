// save as main.go in a folder of its own, then: go mod init service && go mod tidy && go run .
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const scope = "read" // what a caller needs

func main() {
	issuer := os.Getenv("ISSUER")
	audience := cmp.Or(os.Getenv("AUDIENCE"), issuer)

	// Once, at the start: it finds the keys, keeps them, and fetches them again for a kid that it doesn't know.
	ctx := oidc.ClientContext(context.Background(), &http.Client{Timeout: 10 * time.Second})
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		log.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{"SIGNING_ALG"}})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || bearer == "" {
			refuse(w, http.StatusUnauthorized, `Bearer`)
			return
		}
		var claims struct {
			ClientID string `json:"client_id"`
			Scope    string `json:"scope"`
			TokenUse string `json:"token_use"`
		}
		token, err := verifier.Verify(r.Context(), bearer) // signature, issuer, audience, expiry
		if err == nil {
			err = token.Claims(&claims)
		}
		if err == nil && claims.TokenUse != "access" {
			err = fmt.Errorf("token_use is %q", claims.TokenUse)
		}
		if err != nil {
			log.Println("refused:", err) // for you; the caller learns no more than invalid_token
			refuse(w, http.StatusUnauthorized, `Bearer error="invalid_token"`)
			return
		}
		if !slices.Contains(strings.Fields(claims.Scope), scope) {
			refuse(w, http.StatusForbidden, `Bearer error="insufficient_scope", scope="`+scope+`"`)
			return
		}
		fmt.Fprintln(w, "hello", claims.ClientID)
	})

	listener, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "8090"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}

func refuse(w http.ResponseWriter, status int, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	w.WriteHeader(status)
}
