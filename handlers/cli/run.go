package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/handlers/setup"
	"gatepost/handlers/web"
)

// Env is the environment of a command line.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Build          web.Build
	// Serve runs the server until ctx is done.
	Serve func(ctx context.Context, portal *setup.Portal, stdout io.Writer) error
}

// command is one line of the table of commands.
type command struct {
	name  string // "app add"
	args  string // positional arguments, for the usage line
	about string
	// setup adds the command's own flags and returns what runs after they are parsed.
	setup func(*flag.FlagSet) func(ctx context.Context, c *call) error
}

var commands = []command{
	{"serve", "", "Serve the portal.", serve},
	{"user add", "", "Add an account.", userAdd},
	{"user list", "", "List accounts.", userList},
	{"user disable", "EMAIL", "Disable an account: its sessions and tokens stop working.", userDisable},
	{"user enable", "EMAIL", "Enable a disabled account.", userEnable},
	{"user reset-link", "EMAIL", "Print a one-time link that sets a new password.", userResetLink},
	{"user reset-second-factor", "EMAIL", "Remove the lost second factor of an account and sign it out.", userResetSecondFactor},
	{"team add", "", "Add a team.", teamAdd},
	{"team list", "", "List teams.", teamList},
	{"app add", "", "Add an app and print its client secret. It is shown once.", appAdd},
	{"app list", "", "List apps.", appList},
	{"app limit", "CLIENT_ID", "Set how many tokens an app gets.", appLimit},
	{"app rotate", "CLIENT_ID", "Add a new secret and set when the latest one so far expires.", appRotate},
	{"app revoke-secret", "CLIENT_ID HINT", "Revoke a secret; HINT is its last four characters.", appRevokeSecret},
	{"key rotate", "", "Replace the portal's key: add a new one and encrypt everything again.", keyRotate},
	{"key status", "", "Show how far the replacement of the portal's key is.", keyStatus},
	{"key retire", "", "Remove old keys that nothing needs any more from the key file.", keyRetire},
	{"keys list", "", "List the published signing keys.", keysList},
	{"keys rotate", "", "Publish a new signing key, which signs once caches can have it.", keysRotate},
	{"revoke-all", "", "Revoke all sessions and tokens, for use after restoring an old backup.", revokeAll},
	{"audit verify", "", "Check the audit log for changed or missing events.", auditVerify},
	{"audit anchor", "", "Write the head of the audit log to the log and the anchors file.", auditAnchor},
	{"audit export", "", "Write audit events with what is needed to check them.", auditExport},
	{"audit accept", "", "Sign the audit log as it is, once you know who changed it and why.", auditAccept},
	{"migrate", "", "Migrate the database's schema to this binary's version.", migrate},
	{"backup", "FILE", "Copy a running database to a new file.", backup},
	{"version", "", "Print the version, the commit and its date.", nil},
}

// errUsage is a mistake in the command line: exit status 2.
type errUsage struct{ text string }

func (e *errUsage) Error() string { return e.text }

// Run runs one command line and returns its exit status: 0 for success, 1 for a failure, 2 for a
// mistake in the command line.
func Run(ctx context.Context, e Env) int {
	err := run(ctx, e)
	var usage *errUsage
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(e.Stderr, "gatepost: "+usage.text)
		return 2
	}
	fmt.Fprintln(e.Stderr, "gatepost: "+sentence(err))
	return 1
}

// sentence describes a failure to an operator.
func sentence(err error) string {
	var invalid *hub.Invalid
	switch {
	case errors.As(err, &invalid):
		var parts []string
		for _, f := range invalid.Fields {
			parts = append(parts, f.Field+": "+f.Message)
		}
		return strings.Join(parts, " ")
	case errors.Is(err, db.ErrBusy):
		return "the database is busy or not writable: " + err.Error()
	}
	return err.Error()
}

func run(ctx context.Context, e Env) error {
	if len(e.Args) == 0 || strings.HasPrefix(e.Args[0], "-") && !isHelp(e.Args[0]) {
		// Without a command the program serves, so that `go run .` is enough to try it.
		e.Args = append([]string{"serve"}, e.Args...)
	}
	if isHelp(e.Args[0]) {
		printCommands(e.Stdout, "")
		return nil
	}
	for _, cmd := range commands {
		words := strings.Fields(cmd.name)
		if len(e.Args) >= len(words) && strings.Join(e.Args[:len(words)], " ") == cmd.name {
			return cmd.run(ctx, e, e.Args[len(words):])
		}
	}
	for _, cmd := range commands {
		if group, _, ok := strings.Cut(cmd.name, " "); ok && group == e.Args[0] {
			if len(e.Args) > 1 && isHelp(e.Args[1]) {
				printCommands(e.Stdout, group+" ")
				return nil
			}
			printCommands(e.Stderr, group+" ")
			return &errUsage{fmt.Sprintf("%s needs one of the subcommands above", group)}
		}
	}
	return &errUsage{fmt.Sprintf("there is no command %q; gatepost --help lists all commands", e.Args[0])}
}

func isHelp(arg string) bool {
	return arg == "-h" || arg == "-help" || arg == "--help" || arg == "help"
}

func printCommands(w io.Writer, prefix string) {
	fmt.Fprintln(w, "Usage: gatepost COMMAND [flags]")
	fmt.Fprintln(w)
	for _, c := range commands {
		if strings.HasPrefix(c.name, prefix) {
			fmt.Fprintf(w, "  %-34s %s\n", strings.TrimSpace(c.name+" "+c.args), c.about)
		}
	}
	fmt.Fprintln(w, "\ngatepost COMMAND --help lists a command's flags.")
}

func (cmd command) run(ctx context.Context, e Env, args []string) error {
	flags := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	flags.SetOutput(e.Stderr)
	flags.Usage = func() {
		flags.SetOutput(e.Stdout)
		fmt.Fprintf(e.Stdout, "Usage: %s [flags]\n\n%s\n\nFlags:\n", strings.TrimSpace("gatepost "+cmd.name+" "+cmd.args), cmd.about)
		flags.PrintDefaults()
	}
	c := &call{Env: e}
	if cmd.name != "serve" {
		flags.BoolVar(&c.json, "json", false, "print one JSON document")
	}
	if cmd.setup == nil {
		if err := c.parse(flags, cmd, args); err != nil {
			return err
		}
		return c.print(e.Build, "gatepost "+e.Build.String())
	}
	var settings setup.Settings
	settings.Bind(flags, e.Getenv)
	do := cmd.setup(flags)
	if err := c.parse(flags, cmd, args); err != nil {
		return err
	}
	if err := settings.Check(); err != nil {
		return err
	}
	c.settings = &settings
	if cmd.opensItself() {
		return do(ctx, c)
	}
	options := &slog.HandlerOptions{ReplaceAttr: scrub}
	var handler slog.Handler = slog.NewTextHandler(e.Stderr, options)
	if settings.LogFormat == "json" {
		handler = slog.NewJSONHandler(e.Stderr, options)
	}
	portal, err := setup.Open(ctx, &settings, slog.New(handler))
	if err != nil {
		return err
	}
	c.portal = portal
	return errors.Join(do(ctx, c), portal.Close())
}

// scrub cuts credentials out of what is logged, whoever logged it: nobody can know what a library puts into
// its errors.
func scrub(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(secret.Scrub(v))
	case error:
		a.Value = slog.StringValue(secret.Scrub(v.Error()))
	}
	return a
}

func serve(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error { return c.Serve(ctx, c.portal, c.Stdout) }
}
