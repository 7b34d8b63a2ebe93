using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Errors;

namespace Exchange.Identity.Authority;

/// <summary>Reads PKCS #10 requests (RFC 2986) from nodes.</summary>
internal static class CertificateRequests
{
    /// <summary>Largest request that is read, in bytes; a P-256 request has about 300.</summary>
    public const int BytesMax = 4096;

    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>
    /// The public key of a request whose own signature holds. Subject and extensions are ignored:
    /// the authority alone decides what a certificate says.
    /// </summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.CertificateRequestInvalid"/>.</exception>
    public static PublicKey ReadPublicKey(ReadOnlySpan<byte> request)
    {
        if (request.Length is 0 or > BytesMax)
        {
            throw Refused();
        }

        try
        {
            var parsed = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256, out var consumed);
            using var key = parsed.PublicKey.GetECDsaPublicKey();
            return key?.ExportParameters(false).Curve.Oid.Value == P256 && consumed == request.Length ? parsed.PublicKey : throw Refused();
        }
        catch (CryptographicException)
        {
            throw Refused();
        }
    }

    private static ExchangeException Refused() => Reasons.CertificateRequestInvalid.Because(
        "The certificate request is not a PKCS #10 request for a P-256 key, signed by that key.",
        "Make the request with `exchange join` or the node's own renewal.");
}
