using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Exchange.Identity.Hosting;

/// <summary>
/// What <c>/.well-known/exchange-authority</c> shows to anybody: a joining node compares the hashes with those in its code
/// before it sends anything.
/// </summary>
/// <param name="Ca">The exchange CA, DER; base64 in JSON.</param>
/// <param name="OperatorKey">The operator's Ed25519 public key; base64 in JSON.</param>
internal sealed record AuthorityDocument(
    [property: JsonPropertyName("ca")] byte[] Ca,
    [property: JsonPropertyName("operator_key")] byte[] OperatorKey)
{
    /// <summary>Path of the document.</summary>
    public const string Path = "/.well-known/exchange-authority";

    /// <summary>SHA-256 of <see cref="Ca"/>.</summary>
    [JsonIgnore]
    public byte[] CaHash => SHA256.HashData(Ca);

    /// <summary>SHA-256 of <see cref="OperatorKey"/>.</summary>
    [JsonIgnore]
    public byte[] OperatorKeyHash => SHA256.HashData(OperatorKey);
}
