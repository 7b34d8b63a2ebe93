using System.Globalization;
using System.Text;

namespace Exchange.Transparency;

/// <summary>What the signature of a receipt covers.</summary>
public static class ReceiptSignature
{
    /// <summary>Largest leaf, in bytes: a leaf is always shorter than 64 KiB.</summary>
    public const int LeafBytesMax = 64 * 1024 - 1;

    /// <summary><c>exchange/receipt/v1\n</c>, the decimal position, <c>\n</c>, the leaf.</summary>
    public static byte[] ToBeSigned(long seq, ReadOnlySpan<byte> leaf)
    {
        var prefix = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"exchange/receipt/v1\n{seq}\n"));
        var bytes = new byte[prefix.Length + leaf.Length];
        prefix.CopyTo(bytes, 0);
        leaf.CopyTo(bytes.AsSpan(prefix.Length));
        return bytes;
    }
}
