using System.Security.Cryptography;
using System.Text;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tests.Trees;

namespace Exchange.Transparency.Tests.Notes;

/// <summary>Published notes and keys, byte for byte.</summary>
public sealed class NoteVectorTests
{
    private const string LogKey = "node1.example/audit+39777e17+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    private const string ExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    private const string SignedCheckpoint =
        "node1.example/audit\n257\nhVuTaqAMuYtRFEhCSa0514pr6TYj4mwB6OSH3AIYSlo=\n\n"
        + "\u2014 node1.example/audit OXd+F4cE7QzDWH0wierIfR2tf1KjodXksMOolrYL7iAlhehHxkrpU5w7NR0cZYG8vOOyeyEvkkGMKD3+tF/4oX4YCwk=\n";

    private const string ExampleText = "This is an example message.\n";
    private const string ExampleSignature = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=";

    private static byte[] Seed => [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void The_key_of_the_counting_seed_is_the_published_one()
    {
        using var signer = NoteSigner.FromSeed("node1.example/audit", Seed);
        Assert.Equal(LogKey, signer.Verifier.ToString());
    }

    [Fact]
    public void The_signed_checkpoint_is_the_published_one()
    {
        using var signer = NoteSigner.FromSeed("node1.example/audit", Seed);
        var note = new Checkpoint("node1.example/audit", GrowingTree.OfNumberedLeaves(257).Head(257)).Sign(signer);
        Assert.Equal(SignedCheckpoint, Encoding.UTF8.GetString(note));
        Assert.Equal("bd2fe36e0d7b320464bfe3d4b52037feca23a2e89c367bb4855f995ef0108d3a", Convert.ToHexStringLower(SHA256.HashData(note)));
        Assert.Equal(NoteFault.None, Checkpoint.Open(note, [signer.Verifier], out var read));
        Assert.Equal(257, read!.Head.Size);
    }

    [Fact]
    public void The_example_of_the_format_verifies_and_with_one_other_letter_does_not()
    {
        Assert.True(NoteVerifier.TryParse(ExampleKey, out var verifier));
        Assert.Equal(ExampleKey, verifier!.ToString());
        Assert.Equal(NoteFault.None, Open(ExampleText));
        Assert.Equal(NoteFault.InvalidSignature, Open(ExampleText.Replace("example", "exemple", StringComparison.Ordinal)));

        NoteFault Open(string text) => SignedNote.Open(Encoding.UTF8.GetBytes($"{text}\n\u2014 example.com/foo {ExampleSignature}\n"), [verifier], out _);
    }

    [Fact]
    public void A_signer_in_text_form_signs_what_its_public_half_checks()
    {
        var text = "PRIVATE+KEY+node1.example/audit+39777e17+" + Convert.ToBase64String([1, .. Seed]);
        Assert.True(NoteSigner.TryParse(text, out var signer));
        using (signer)
        {
            Assert.Equal(LogKey, signer!.Verifier.ToString());
        }

        Assert.False(NoteSigner.TryParse(text.Replace("39777e17", "39777e18", StringComparison.Ordinal), out _));
        Assert.False(NoteSigner.TryParse(text.Replace("PRIVATE", "PUBLIC", StringComparison.Ordinal), out _));
    }

    [Theory]
    [InlineData("node1.example/audit+39777e18+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("node1.example/audit+39777e1+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("node1.example audit+39777e17+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("node1.example/audit+39777e17+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG")]
    [InlineData("node1.example/audit+39777e17")]
    [InlineData("")]
    public void Keys_in_another_form_are_refused(string text) => Assert.False(NoteVerifier.TryParse(text, out _));
}
