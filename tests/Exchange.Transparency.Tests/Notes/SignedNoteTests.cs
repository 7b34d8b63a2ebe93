using System.Text;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tests.Notes;

public sealed class SignedNoteTests : IDisposable
{
    private const string Text = "log.example\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
    private readonly NoteSigner _log = NoteSigner.FromSeed("log.example", new byte[32]);
    private readonly NoteSigner _other = NoteSigner.FromSeed("other.example", Enumerable.Repeat((byte)7, 32).ToArray());

    [Fact]
    public void A_note_with_a_known_and_an_unknown_key_tells_them_apart()
    {
        Assert.Equal(NoteFault.None, SignedNote.Open(SignedNote.Sign(Text, _other, _log), [_log.Verifier], out var note));
        Assert.Equal([_log.Verifier.Key], note!.Signatures.Select(signature => signature.Key));
        Assert.Equal([_other.Verifier.Key], note.Unverified.Select(signature => signature.Key));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\t")]
    [InlineData("\0")]
    public void Control_characters_have_no_place_in_a_note(string character) => Assert.Equal(NoteFault.Malformed, Open(Sign(Text).Replace("log.example\n", "log.example" + character, StringComparison.Ordinal)));

    [Fact]
    public void A_note_ends_with_a_line_end_and_has_a_signature()
    {
        Assert.Equal(NoteFault.None, Open(Sign(Text)));
        Assert.Equal(NoteFault.Malformed, Open(Sign(Text)[..^1]));
        Assert.Equal(NoteFault.Malformed, Open(Text + "\n"));
        Assert.Equal(NoteFault.Malformed, Open(Sign(Text) + "\n"));
        Assert.Equal(NoteFault.Malformed, Open(""));
    }

    [Fact]
    public void A_hundred_signatures_are_read_and_one_more_is_not()
    {
        var line = new NoteSignature(_other.Verifier.Key, Convert.ToBase64String(_other.Sign("x"u8))).ToString();
        Assert.Equal(NoteFault.None, Open(Sign(Text) + string.Concat(Enumerable.Repeat(line, SignedNote.SignaturesMax - 1))));
        Assert.Equal(NoteFault.Malformed, Open(Sign(Text) + string.Concat(Enumerable.Repeat(line, SignedNote.SignaturesMax))));
    }

    [Fact]
    public void A_key_of_the_same_name_that_is_not_known_counts_for_nothing()
    {
        using var namesake = NoteSigner.FromSeed("log.example", Enumerable.Repeat((byte)9, 32).ToArray());
        Assert.Equal(NoteFault.Unverified, SignedNote.Open(SignedNote.Sign(Text, namesake), [_log.Verifier], out var note));
        Assert.Single(note!.Unverified);
        Assert.Equal(NoteFault.None, SignedNote.Open(SignedNote.Sign(Text, namesake, _log), [_log.Verifier], out _));
    }

    [Fact]
    public void Two_known_keys_of_one_name_and_id_make_the_note_nobodys() =>
        Assert.Equal(NoteFault.AmbiguousKey, SignedNote.Open(SignedNote.Sign(Text, _log), [_log.Verifier, new NoteVerifier("log.example", PublicKeyOf(_log))], out _));

    [Fact]
    public void A_witness_signs_when_it_saw_the_checkpoint()
    {
        var time = new FixedTime(1_790_000_000);
        using var witness = NoteSigner.WitnessFromSeed("witness.example", Enumerable.Repeat((byte)5, 32).ToArray(), time);
        SignedNote.Open(SignedNote.Sign(Text, _log), [_log.Verifier], out var note);
        var cosigned = note!.SignAlso(witness);
        Assert.Equal(NoteFault.None, SignedNote.Open(cosigned, [_log.Verifier, witness.Verifier], out var read));
        Assert.Equal(1_790_000_000, witness.Verifier.CosignatureTime(read!.Signatures[1].ToBytes()));
        Assert.True(NoteVerifier.TryParse(witness.Verifier.ToString(), out var parsed));
        Assert.Equal(NoteAlgorithm.CosignatureV1, parsed!.Algorithm);

        // The same key as one that signs the text itself is another key, and the time is signed too.
        Assert.NotEqual(new NoteVerifier("witness.example", PublicKeyOf(witness)).Key, witness.Verifier.Key);
        var signature = read.Signatures[1].ToBytes();
        signature[7] ^= 1;
        Assert.False(witness.Verifier.Verify(Encoding.UTF8.GetBytes(Text), signature));
        Assert.Equal("cosignature/v1\ntime 17\nlog.example\n", Encoding.UTF8.GetString(Cosignature.ToBeSigned(17, "log.example\n"u8)));
    }

    [Theory]
    [InlineData("log.example\n01\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("log.example\n+1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("log.example\n-1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("log.example\n0\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("log.example\n9223372036854775808\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("log.example\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB\n")]
    [InlineData("log.example\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBheg\n")]
    [InlineData("log.example\n1\n")]
    [InlineData("\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    public void A_checkpoint_has_an_origin_a_plain_size_and_a_root(string text) =>
        Assert.NotEqual(NoteFault.None, Checkpoint.Open(SignedNote.Sign(text, _log), [_log.Verifier], out _));

    [Fact]
    public void A_checkpoint_is_about_the_log_whose_key_signed_it()
    {
        Assert.Equal(NoteFault.None, Checkpoint.Open(SignedNote.Sign(Text, _log), [_log.Verifier], out var checkpoint));
        Assert.Equal(Text, checkpoint!.ToText());
        Assert.Equal(NoteFault.None, Checkpoint.Open(SignedNote.Sign(Text + "further line\n", _log), [_log.Verifier], out _));
        Assert.Equal(NoteFault.Unverified, Checkpoint.Open(SignedNote.Sign(Text, _other), [_other.Verifier], out _));
    }

    [Fact]
    public void A_proof_survives_its_text_and_proves_one_leaf_in_one_log()
    {
        var leaves = new[] { "a"u8.ToArray(), "b"u8.ToArray(), "c"u8.ToArray() };
        var tree = new Trees.GrowingTree(leaves);
        var proof = new LogProof(1, MerkleTree.InclusionProof(tree, 1, 3), new Checkpoint("log.example", tree.Head(3)).Sign(_log), leaves[1]);
        Assert.True(LogProof.TryParse(proof.ToText(), out var read));
        Assert.Equal(proof.ToText(), read!.ToText());
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nextra Yg==\nindex 1\n", read.ToText(), StringComparison.Ordinal);
        Assert.Equal(LogProofFault.None, read.Fault(leaves[1], [_log.Verifier], out _));
        Assert.Equal(LogProofFault.NotIncluded, read.Fault(leaves[2], [_log.Verifier], out _));
        Assert.Equal(LogProofFault.Checkpoint, read.Fault(leaves[1], [_other.Verifier], out _));

        foreach (var broken in new[] { read.ToText()[1..], read.ToText().Replace("index 1", "index 01", StringComparison.Ordinal), read.ToText().Replace("\n\n", "\n", StringComparison.Ordinal), read.ToText().Replace("Yg==", "Yg", StringComparison.Ordinal), "" })
        {
            Assert.False(LogProof.TryParse(broken, out _));
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _other.Dispose();
    }

    private string Sign(string text) => Encoding.UTF8.GetString(SignedNote.Sign(text, _log));

    private NoteFault Open(string note) => SignedNote.Open(Encoding.UTF8.GetBytes(note), [_log.Verifier], out _);

    private static byte[] PublicKeyOf(NoteSigner signer) => Convert.FromBase64String(signer.Verifier.ToString().Split('+', 3)[2])[1..];

    private sealed class FixedTime(long seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(seconds);
    }
}
