package apidoc

import (
	"encoding/json"
	"errors"
)

// Keep gives the facts and the findings of a document as they are kept beside it, in JSON.
func (d Document) EncodeFacts() (facts, findings string, err error) {
	f, err := json.Marshal(d.Facts)
	if err != nil {
		return "", "", err
	}
	all, err := json.Marshal(d.Findings)
	return string(f), string(all), err
}

// Kept reads what Keep gave.
func DecodeFacts(facts, findings string) (f Facts, all []Finding, err error) {
	return f, all, errors.Join(json.Unmarshal([]byte(facts), &f), json.Unmarshal([]byte(findings), &all))
}
