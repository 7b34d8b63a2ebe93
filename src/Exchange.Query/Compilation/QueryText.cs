using System.Text;
using System.Text.RegularExpressions;
using Exchange.Protocol.Errors;

namespace Exchange.Query.Compilation;

/// <summary>SQL text within its bound, which knows its lines. First stage of a query.</summary>
internal sealed class QueryText
{
    private readonly byte[] _utf8;

    public QueryText(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw Reasons.SqlSyntax.Because("The SQL text is empty.", "Write one SELECT.");
        }

        if (text.Length > QueryCompiler.SqlCharactersMax)
        {
            throw Reasons.SqlTooLarge.Because($"The SQL text has more than {QueryCompiler.SqlCharactersMax} characters.", "Write a shorter question.");
        }

        if (text.Contains('\0'))
        {
            throw Reasons.SqlSyntax.Because("The SQL text holds a zero character.", "Remove it.");
        }

        Text = text;
        _utf8 = Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>Makes an error whose sentence ends with the place.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="byteOffset">Where, as the parser's tree counts: in bytes of UTF-8; null when it does not say.</param>
    /// <param name="message">What is wrong, without a full stop and without anything in quotes of the text.</param>
    /// <param name="action">What to write instead.</param>
    public ExchangeException Error(ErrorReason reason, int? byteOffset, string message, string action) =>
        reason.Because(byteOffset is { } offset ? $"{message} ({PlaceOf(offset)})." : message + ".", action);

    /// <summary>The byte offset of a character offset counted in code points, as the parser's own errors count.</summary>
    public int BytesBefore(int codePoints)
    {
        var bytes = 0;
        foreach (var rune in Text.EnumerateRunes())
        {
            if (codePoints-- <= 0)
            {
                break;
            }

            bytes += rune.Utf8SequenceLength;
        }

        return bytes;
    }

    /// <summary>Where the keyword or mark first stands outside of quotes, in bytes; null when it does not. For clauses that the parser's tree gives no place.</summary>
    public int? PlaceOfFirst(string keyword)
    {
        var match = Regex.Match(Text, @"'(?:[^']|'')*'|""(?:[^""]|"""")*""|--[^\n]*|(?<found>" + (char.IsLetter(keyword[0]) ? $@"\b{keyword}\b" : Regex.Escape(keyword)) + ")",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        while (match.Success && !match.Groups["found"].Success)
        {
            match = match.NextMatch();
        }

        return match.Success ? Encoding.UTF8.GetByteCount(Text.AsSpan(0, match.Index)) : null;
    }

    /// <summary>The keyword or name at the place, or null when something else stands there, such as a literal.</summary>
    public string? WordAt(int byteOffset)
    {
        var rest = Encoding.UTF8.GetString(_utf8.AsSpan(Math.Min(byteOffset, _utf8.Length)));
        var length = 0;
        while (length < rest.Length && length < 40 && (char.IsLetter(rest[length]) || rest[length] == '_'))
        {
            length++;
        }

        return length == 0 ? null : rest[..length];
    }

    private string PlaceOf(int byteOffset)
    {
        var before = Encoding.UTF8.GetString(_utf8.AsSpan(0, Math.Clamp(byteOffset, 0, _utf8.Length)));
        var line = before.Count(character => character == '\n') + 1;
        var column = before.Length - (before.LastIndexOf('\n') + 1) + 1;
        return $"line {line}, column {column}";
    }
}
