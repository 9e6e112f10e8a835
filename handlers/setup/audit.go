package setup

import (
	"crypto/hmac"
	"crypto/sha256"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// auditMAC signs the heads of the audit log under a key derived from the portal's, and checks those that
// were signed under an older one.
func auditMAC(ring *secret.Keyring) db.AuditMAC {
	return func(id string, message []byte) (string, []byte, bool) {
		if id == "" {
			id = ring.ID()
		}
		key, ok := ring.DerivedBy(id, secret.ForAudit)
		if !ok {
			return id, nil, false
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(message)
		return id, mac.Sum(nil), true
	}
}
