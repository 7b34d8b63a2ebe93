namespace Exchange.Transparency.Notes;

/// <summary>
/// Standard base64 with padding (RFC 4648, section 4) as the signed notes of Go's module database are read: line ends inside are
/// skipped, and bits that the padding leaves over are ignored. A stricter or laxer reader would tell the same note true at one
/// party and false at another.
/// </summary>
internal static class StandardBase64
{
    /// <summary>The bytes, or null when the text is not of that form.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new List<byte>(text.Length / 4 * 3);
        var (group, count, padding) = (0, 0, 0);
        foreach (var character in text)
        {
            if (character is '\r' or '\n')
            {
                continue;
            }

            if (character == '=')
            {
                // After two or three characters of a group, and up to four altogether.
                if (count < 2 || count + padding == 4)
                {
                    return null;
                }

                padding++;
                continue;
            }

            var value = ValueOf(character);
            if (value < 0 || padding > 0)
            {
                return null;
            }

            group = (group << 6) | value;
            if (++count == 4)
            {
                bytes.Add((byte)(group >> 16));
                bytes.Add((byte)(group >> 8));
                bytes.Add((byte)group);
                (group, count) = (0, 0);
            }
        }

        if (count == 0)
        {
            return [.. bytes];
        }

        if (count + padding != 4)
        {
            return null;
        }

        bytes.Add((byte)(group >> ((count * 6) - 8)));
        if (count == 3)
        {
            bytes.Add((byte)(group >> 2));
        }

        return [.. bytes];
    }

    private static int ValueOf(char character) => character switch
    {
        >= 'A' and <= 'Z' => character - 'A',
        >= 'a' and <= 'z' => character - 'a' + 26,
        >= '0' and <= '9' => character - '0' + 52,
        '+' => 62,
        '/' => 63,
        _ => -1,
    };
}
