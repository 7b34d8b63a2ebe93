using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Node.Membership;

/// <summary>Who stands behind an exchange, once it is known to be the one the enrolment code names.</summary>
/// <param name="Ca">The exchange CA, DER.</param>
/// <param name="OperatorKey">The operator's raw Ed25519 public key.</param>
internal sealed record ExchangeAuthority(byte[] Ca, byte[] OperatorKey)
{
    private const int AnswerBytesMax = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Asks the server who it is and compares that with the code. The connection is not verified, since what would verify it
    /// is what is being asked for; nothing but the request line goes out on it.
    /// </summary>
    /// <exception cref="ExchangeException"><c>UNREACHABLE</c> or <c>EXCHANGE_MISMATCH</c>.</exception>
    public static async Task<ExchangeAuthority> FetchAsync(Uri identity, EnrolmentCode code, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var http = new HttpClient(handler) { MaxResponseContentBufferSize = AnswerBytesMax, Timeout = Patience };
        var authority = Parse(await GetAsync(http, new Uri(identity, ".well-known/exchange-authority"), cancellationToken).ConfigureAwait(false));
        return authority is not null && authority.IsNamedBy(code)
            ? authority
            : throw Reasons.ExchangeMismatch.Because(
                "The server at that address is not of the exchange that the enrolment code names.", "Check the address of the identity server; if it is right, tell the operator.");
    }

    private static async Task<byte[]> GetAsync(HttpClient http, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return await http.GetByteArrayAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ExchangeException(Reasons.Unreachable, $"No identity server answers at {address.GetLeftPart(UriPartial.Authority)}.", "Check the address, and that the identity server runs.", error);
        }
    }

    private static ExchangeAuthority? Parse(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var ca = document.RootElement.GetProperty("ca").GetBytesFromBase64();
            using var certificate = X509CertificateLoader.LoadCertificate(ca);
            return new ExchangeAuthority(ca, document.RootElement.GetProperty("operator_key").GetBytesFromBase64());
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or CryptographicException)
        {
            return null;
        }
    }

    private bool IsNamedBy(EnrolmentCode code) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Ca), code.CaHash)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(OperatorKey), code.OperatorKeyHash);
}
