// Package device holds the rules of IoT devices: who sees and changes them, their groups, and
// imports from CSV files. Package hub explains the terms, what methods promise and which errors
// they return.
package device
