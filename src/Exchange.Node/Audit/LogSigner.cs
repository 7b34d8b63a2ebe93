using System.Security.Cryptography;
using Exchange.Protocol.Signing;
using Exchange.Transparency.Notes;

namespace Exchange.Node.Audit;

/// <summary>A log key as it signs checkpoints.</summary>
/// <param name="Signer">Signs notes.</param>
/// <param name="KeyId">Its name in the register.</param>
internal sealed record LogSigner(NoteSigner Signer, string KeyId)
{
    /// <summary>The signer of a key.</summary>
    public static LogSigner Of(string origin, SigningKey key)
    {
        var seed = key.ExportSeed();
        try
        {
            return new LogSigner(NoteSigner.FromSeed(origin, seed), key.KeyId);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }
}
