using System.Globalization;
using System.Text;
using Exchange.Transparency.Notes;

namespace Exchange.Transparency.Tests.Notes;

/// <summary>Makes notes that are nearly good, from a seed: each is a good checkpoint with up to three things done to it that an attacker or a careless program might do.</summary>
internal sealed class NoteForge : IDisposable
{
    private const string Origin = "log.example";
    private readonly Random _random;
    private readonly NoteSigner[] _signers;

    public NoteForge(int seed)
    {
        _random = new Random(seed);
        _signers = [.. Enumerable.Range(1, 6).Select(i => NoteSigner.FromSeed(i < 4 ? Origin : $"witness{i}.example", Enumerable.Repeat((byte)i, 32).ToArray()))];
    }

    /// <summary>A case: keys in text form, of which some are spoilt or twice there, and a note.</summary>
    public (string[] Keys, byte[] Note) Next()
    {
        var keys = _signers[..(1 + _random.Next(_signers.Length))].Select(signer => Spoil(signer.Verifier.ToString(), 30)).ToList();
        if (_random.Next(20) == 0)
        {
            keys.Add(keys[_random.Next(keys.Count)]);
        }

        var text = Text();
        var bytes = SignedNote.Sign(text, [.. _signers.Where(_ => _random.Next(2) == 0).DefaultIfEmpty(_signers[0])]);
        for (var i = _random.Next(4); i > 0; i--)
        {
            bytes = Spoil(bytes);
        }

        return ([.. keys], bytes);
    }

    public void Dispose() => Array.ForEach(_signers, signer => signer.Dispose());

    private string Text()
    {
        var size = _random.Next(12) switch
        {
            0 => "0",
            1 => "007",
            2 => "+7",
            3 => "-7",
            4 => "9223372036854775807",
            5 => "9223372036854775808",
            6 => "",
            7 => "1_000",
            8 => "0x10",
            _ => _random.Next().ToString(CultureInfo.InvariantCulture),
        };
        var root = new byte[_random.Next(12) switch { 0 => 31, 1 => 33, 2 => 0, _ => 32 }];
        _random.NextBytes(root);
        var hash = Convert.ToBase64String(root);
        hash = _random.Next(15) switch { 0 => hash.TrimEnd('='), 1 => hash + "=", 2 => hash.Replace('+', '-'), 3 when hash.Length > 2 => hash[..^2] + "B=", _ => hash };
        var further = _random.Next(8) switch { 0 => "further line\n", 1 => "\n", 2 => "\n\n", 3 => "\u2014 " + Origin + " AAAAAAA=\n", _ => "" };
        return $"{(_random.Next(20) == 0 ? "" : Origin)}\n{size}\n{hash}\n{further}";
    }

    private byte[] Spoil(byte[] note)
    {
        var text = Encoding.Latin1.GetString(note);
        var dash = Encoding.Latin1.GetString("\u2014 "u8);
        var last = text.LastIndexOf(dash, StringComparison.Ordinal);
        var spoilt = _random.Next(20) switch
        {
            0 => text.TrimEnd('\n'),
            1 => text.Replace("\n", "\r\n", StringComparison.Ordinal),
            2 => text + "\n",
            3 => text.Replace("\n\n", "\n", StringComparison.Ordinal),
            4 when last >= 0 => text + string.Concat(Enumerable.Repeat(text[last..], _random.Next(120))),
            5 when last >= 0 => text + ForeignLines(dash, 10 + _random.Next(100)),
            6 when last >= 0 => text.Insert(last + dash.Length, Space()),
            7 => text.Replace(dash, "- ", StringComparison.Ordinal),
            8 => text.Replace("= ", "=", StringComparison.Ordinal),
            9 => text.Replace("\n" + dash, "\n\n" + dash, StringComparison.Ordinal),
            10 => text.Replace("=\n", "\n", StringComparison.Ordinal),
            11 => text.Replace("=\n", "==\n", StringComparison.Ordinal),
            12 when last >= 0 => text[..last] + dash + Origin + " " + Convert.ToBase64String(new byte[_random.Next(8)]) + "\n",
            13 when last >= 0 => text[..last] + dash + Origin + (_random.Next(2) == 0 ? "\n" : " \n"),
            14 when last >= 0 => text.Insert(last + dash.Length, "+"),
            15 => text.Insert(_random.Next(text.Length), Odd()),
            16 when text.Length > 1 => text.Remove(_random.Next(text.Length), 1),
            17 => text.Insert(_random.Next(text.Length), " "),
            18 => "",
            _ => Spoil(text, 1),
        };
        return Encoding.Latin1.GetBytes(spoilt);
    }

    private string ForeignLines(string dash, int count) => string.Concat(Enumerable.Range(0, count).Select(i =>
        $"{dash}{(i % 2 == 0 ? Origin : "stranger.example")} {Convert.ToBase64String([.. BitConverter.GetBytes(_random.Next()), .. new byte[_random.Next(2, 70)]])}\n"));

    // One character, one time out of "rarely", becomes another.
    private string Spoil(string text, int rarely)
    {
        if (_random.Next(rarely) != 0 || text.Length == 0)
        {
            return text;
        }

        var at = _random.Next(text.Length);
        return text[..at] + (char)(_random.Next(2) == 0 ? text[at] ^ (1 << _random.Next(5)) : _random.Next(32, 127)) + text[(at + 1)..];
    }

    private string Space() => Utf8(_random.Next(6) switch { 0 => "\u00a0", 1 => "\u0085", 2 => "\u3000", 3 => "\u2028", 4 => "\u200b", _ => "\u180e" });

    // Half a character, one that is too long, a surrogate, one beyond the last, controls.
    private string Odd() => _random.Next(9) switch
    {
        0 => "\u00e2\u0080",
        1 => "\u00c0\u0080",
        2 => "\u00ed\u00a0\u0080",
        3 => "\u00f4\u0090\u0080\u0080",
        4 => "\u007f",
        5 => "\t",
        6 => "\0",
        7 => Utf8("\ufffd"),
        _ => Utf8("\U0001F600"),
    };

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
