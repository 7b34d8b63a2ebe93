// Checks notes, checkpoints and proofs with Go's own golang.org/x/mod, for the tests of this repository.
//
// Reads one JSON value per line from standard input and prints one line per value.
// {"keys":[…],"note":"base64"}: whether the note opens, why not, and the checkpoint it holds.
// {"key":…,"checkpoint":"base64","leaves":["base64"],"proofs":[["base64"]],"from":N,"consistency":["base64"],"root":"base64"}: whether all of it holds.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Keys []string
	Note string

	Key         string
	Checkpoint  string
	Indexes     []int64
	Leaves      []string
	Proofs      [][]string
	FromSize    int64
	FromRoot    string
	Consistency []string
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var one input
		if err := json.Unmarshal(in.Bytes(), &one); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if one.Key == "" {
			fmt.Fprintln(out, open(one))
		} else if err := checkLog(one); err != nil {
			fmt.Fprintln(out, "failed:", err)
		} else {
			fmt.Fprintln(out, "holds")
		}
	}
}

// Every key that parses is known.
func open(one input) string {
	msg, err := base64.StdEncoding.DecodeString(one.Note)
	if err != nil {
		return "input: " + err.Error()
	}
	var known []note.Verifier
	parsed := ""
	for _, key := range one.Keys {
		if v, err := note.NewVerifier(key); err == nil {
			known = append(known, v)
			parsed += "1"
		} else {
			parsed += "0"
		}
	}
	n, err := note.Open(msg, note.VerifierList(known...))
	return parsed + " " + verdict(n, err)
}

func verdict(n *note.Note, err error) string {
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified):
		return "Unverified"
	case errors.As(err, &invalid):
		return "InvalidSignature"
	case err != nil && strings.HasPrefix(err.Error(), "ambiguous"):
		return "AmbiguousKey"
	case err != nil:
		return "Malformed"
	}
	tree, err := parseCheckpoint(n.Text)
	if err != nil {
		return fmt.Sprintf("None %d %d -", len(n.Sigs), len(n.UnverifiedSigs))
	}
	return fmt.Sprintf("None %d %d %d %s", len(n.Sigs), len(n.UnverifiedSigs), tree.N, tree.Hash)
}

// tlog.ParseTree takes one origin only, so the three lines are read here in the same way.
func parseCheckpoint(text string) (tree tlog.Tree, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return tree, errors.New("not three lines")
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || lines[1] != strconv.FormatInt(n, 10) {
		return tree, errors.New("bad size")
	}
	h, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tree, err
	}
	return tlog.Tree{N: n, Hash: h}, nil
}

func checkLog(one input) error {
	v, err := note.NewVerifier(one.Key)
	if err != nil {
		return err
	}
	msg, err := base64.StdEncoding.DecodeString(one.Checkpoint)
	if err != nil {
		return err
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return err
	}
	tree, err := parseCheckpoint(n.Text)
	if err != nil {
		return err
	}
	for i, leaf := range one.Leaves {
		data, err := base64.StdEncoding.DecodeString(leaf)
		if err != nil {
			return err
		}
		proof, err := hashes(one.Proofs[i])
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, one.Indexes[i], tlog.RecordHash(data)); err != nil {
			return fmt.Errorf("leaf %d: %v", one.Indexes[i], err)
		}
	}
	if one.FromSize == 0 {
		return nil
	}
	from, err := tlog.ParseHash(one.FromRoot)
	if err != nil {
		return err
	}
	proof, err := hashes(one.Consistency)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, one.FromSize, from)
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, text := range texts {
		h, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}
