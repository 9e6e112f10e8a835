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

// Document turns the OpenAPI document, YAML written for assets.Issuer, into JSON for the portal's
// issuer. It keeps the order of the YAML, as Swagger UI lists calls and fields in it.
func Document(text []byte, issuer string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(bytes.ReplaceAll(text, []byte(assets.Issuer), []byte(issuer)), &root); err != nil {
		return nil, fmt.Errorf("api: Document: %w", err)
	}
	var out bytes.Buffer
	if err := writeNode(&out, &root); err != nil {
		return nil, fmt.Errorf("api: Document: %w", err)
	}
	return out.Bytes(), nil
}

func writeNode(out *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.DocumentNode:
		return writeNode(out, n.Content[0])
	case yaml.SequenceNode:
		return writeItems(out, '[', ']', n.Content, func(int) byte { return ',' })
	case yaml.MappingNode:
		return writeItems(out, '{', '}', n.Content, func(i int) byte { return ":,"[i%2] })
	case yaml.ScalarNode:
		var v any
		if err := n.Decode(&v); err != nil {
			return err
		}
		text, err := json.Marshal(v)
		out.Write(text)
		return err
	}
	return fmt.Errorf("line %d: JSON has no aliases", n.Line)
}

// writeItems writes items between two brackets, with the separator that follows item i.
func writeItems(out *bytes.Buffer, start, end byte, items []*yaml.Node, separator func(i int) byte) error {
	out.WriteByte(start)
	for i, item := range items {
		if err := writeNode(out, item); err != nil {
			return err
		}
		if i < len(items)-1 {
			out.WriteByte(separator(i))
		}
	}
	out.WriteByte(end)
	return nil
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
