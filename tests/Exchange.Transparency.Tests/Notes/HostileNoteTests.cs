using System.Globalization;
using System.Text.Json;
using Exchange.Tests.Support;
using Exchange.Transparency.Notes;

namespace Exchange.Transparency.Tests.Notes;

/// <summary>
/// Notes that are made to be misread must be taken or refused as Go takes or refuses them. <c>EXCHANGE_NOTE_CASES</c> says how
/// many are tried; the README has the command for all of them.
/// </summary>
public sealed class HostileNoteTests
{
    private const int CasesDefault = 2_000;
    private const int Seed = 20_260_601;

    private static int Cases => int.TryParse(Environment.GetEnvironmentVariable("EXCHANGE_NOTE_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : CasesDefault;

    [Fact]
    public async Task Every_hostile_note_is_read_as_Go_reads_it()
    {
        using var forge = new NoteForge(Seed);
        var cases = Enumerable.Range(0, Cases).Select(_ => forge.Next()).ToList();
        var theirs = await GoCheck.RunAsync(
            cases.Select(one => JsonSerializer.Serialize(new { keys = one.Keys, note = Convert.ToBase64String(one.Note) })), TestContext.Current.CancellationToken);
        Assert.Equal(cases.Count, theirs.Length);
        for (var i = 0; i < cases.Count; i++)
        {
            Assert.True(Read(cases[i].Keys, cases[i].Note) == theirs[i], $"Case {i}: here {Read(cases[i].Keys, cases[i].Note)}, in Go {theirs[i]}: {Convert.ToBase64String(cases[i].Note)}");
        }
    }

    [Fact]
    public void The_hostile_notes_are_of_every_kind()
    {
        using var forge = new NoteForge(Seed);
        var kinds = Enumerable.Range(0, CasesDefault).Select(_ => forge.Next()).Select(one => Read(one.Keys, one.Note).Split(' ')[1]).CountBy(kind => kind).ToDictionary();
        foreach (var fault in Enum.GetNames<NoteFault>())
        {
            Assert.True(kinds.GetValueOrDefault(fault) >= 20, $"{fault}: {kinds.GetValueOrDefault(fault)}");
        }
    }

    private static string Read(string[] keys, byte[] bytes)
    {
        var known = keys.Select(key => NoteVerifier.TryParse(key, out var verifier) && verifier!.Algorithm == NoteAlgorithm.Ed25519 ? verifier : null).ToList();
        var fault = SignedNote.Open(bytes, [.. known.OfType<NoteVerifier>()], out var note);
        var parsed = string.Concat(known.Select(key => key is null ? '0' : '1'));
        if (fault != NoteFault.None)
        {
            return $"{parsed} {fault}";
        }

        var head = Checkpoint.TryParse(note!.Text, out var checkpoint) ? $"{checkpoint!.Head.Size} {checkpoint.Head.Root}" : "-";
        return $"{parsed} None {note.Signatures.Count} {note.Unverified.Count} {head}";
    }
}
