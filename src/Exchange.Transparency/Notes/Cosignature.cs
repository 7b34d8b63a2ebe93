using System.Globalization;
using System.Text;

namespace Exchange.Transparency.Notes;

/// <summary>What a witness signs (c2sp.org/tlog-cosignature, version 1).</summary>
public static class Cosignature
{
    /// <summary><c>cosignature/v1\ntime </c>, the decimal seconds since 1970, <c>\n</c>, the checkpoint's text.</summary>
    public static byte[] ToBeSigned(ulong time, ReadOnlySpan<byte> text) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {time}\n")), .. text];
}
