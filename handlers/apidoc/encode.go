package apidoc

import (
	"encoding/json"
	"errors"
)

// EncodeFacts returns the facts and the findings as JSON, as they are stored with the document.
func (d Document) EncodeFacts() (facts, findings string, err error) {
	f, err := json.Marshal(d.Facts)
	if err != nil {
		return "", "", err
	}
	all, err := json.Marshal(d.Findings)
	return string(f), string(all), err
}

// DecodeFacts reads what EncodeFacts returned.
func DecodeFacts(facts, findings string) (f Facts, all []Finding, err error) {
	return f, all, errors.Join(json.Unmarshal([]byte(facts), &f), json.Unmarshal([]byte(findings), &all))
}
