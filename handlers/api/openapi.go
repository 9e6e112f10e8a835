package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"go.yaml.in/yaml/v4"

	"gatepost/assets"
)

// Document turns the OpenAPI document, YAML written with assets.Issuer, into JSON for the portal with this issuer.
func Document(text []byte, issuer string) ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(bytes.ReplaceAll(text, []byte(assets.Issuer), []byte(issuer)), &doc); err != nil {
		return nil, fmt.Errorf("api: Document: %w", err)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("api: Document: %w", err)
	}
	return out, nil
}

// OpenAPI answers GET /openapi.json.
func (h *Handlers) OpenAPI(w http.ResponseWriter, r *http.Request) error {
	head := w.Header()
	head.Set("Cache-Control", "no-cache")
	head.Set("ETag", h.openAPITag)
	if r.Header.Get("If-None-Match") == h.openAPITag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	head.Set("Content-Type", "application/json")
	_, err := w.Write(h.Options.OpenAPI)
	return err
}

func entityTag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
