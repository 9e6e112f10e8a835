// Package device holds the rules of IoT devices: who sees and changes them, their groups, their
// templates, and imports from CSV files. Package hub explains the terms, what methods promise and which
// errors they return.
//
// A template is the JSON that the vendor's portal exports. It is kept as it came, since clients read
// keys from it that mean nothing here; what the pages and the API say of it is read from it each time.
//
// Decision: a device can name a template that its team doesn't have. The vendor's clients send GUIDs of
// the system that they come from, devices are often added before their templates, and those of before
// there were templates have such GUIDs. The pages show them as unknown.
package device
