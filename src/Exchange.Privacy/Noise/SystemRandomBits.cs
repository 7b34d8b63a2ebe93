using System.Security.Cryptography;

namespace Exchange.Privacy.Noise;

/// <summary>Bits of the operating system's cryptographic generator: the only source that noise for release is drawn from.</summary>
public sealed class SystemRandomBits : RandomBits
{
    /// <inheritdoc/>
    protected override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
