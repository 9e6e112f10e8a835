package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"gatepost/handlers/setup"
)

// call is one run of a command.
type call struct {
	Env
	portal   *setup.Portal // nil for a command that opens the database itself
	settings *setup.Settings
	args     []string // positional arguments
	json     bool
}

// parse reads flags and positional arguments in any order.
func (c *call) parse(flags *flag.FlagSet, cmd command, args []string) error {
	// The flag package prints the usage after an error; one sentence is enough here.
	usage := flags.Usage
	help := false
	flags.SetOutput(io.Discard)
	flags.Usage = func() { help = true }
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) && help {
				usage()
				return err
			}
			return &errUsage{err.Error() + "; gatepost " + cmd.name + " --help lists the flags"}
		}
		if flags.NArg() == 0 {
			break
		}
		c.args = append(c.args, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if want := len(strings.Fields(cmd.args)); len(c.args) != want {
		return &errUsage{fmt.Sprintf("%s takes %d arguments, not %d; gatepost %s --help shows them", cmd.name, want, len(c.args), cmd.name)}
	}
	return nil
}

// print writes v as JSON if --json is set, otherwise the lines.
func (c *call) print(v any, lines ...string) error {
	if c.json {
		enc := json.NewEncoder(c.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	_, err := fmt.Fprintln(c.Stdout, strings.Join(lines, "\n"))
	return err
}

// list is a flag that can be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}

// timeText formats a time by RFC 3339 in UTC; the zero time is empty.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
