using System.Buffers.Text;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;

namespace Exchange.Protocol.Homes;

/// <summary>
/// The one-time code the operator hands to a participant. Its hashes let the joining side recognise the exchange
/// before it sends anything, so the address of the identity server need not be trusted.
/// Text form: <c>id.</c> and 128 base64url characters (secret, CA hash, operator key hash).
/// </summary>
/// <param name="ParticipantId">Who may join with it.</param>
/// <param name="Secret">32 random bytes; the identity server keeps their SHA-256 only.</param>
/// <param name="CaHash">SHA-256 of the exchange CA certificate, DER.</param>
/// <param name="OperatorKeyHash">SHA-256 of the operator's raw Ed25519 public key.</param>
public sealed record EnrolmentCode(string ParticipantId, byte[] Secret, byte[] CaHash, byte[] OperatorKeyHash)
{
    /// <summary>Length of the secret and of each hash, in bytes.</summary>
    public const int PartBytes = 32;

    private const int EncodedLength = 128;

    /// <summary>Reads the text form; white space around it is ignored.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.EnrolmentCodeInvalid"/> when it is not of its form.</exception>
    public static EnrolmentCode Parse(string text)
    {
        var trimmed = text.AsSpan().Trim();
        var point = trimmed.IndexOf('.');
        var bytes = new byte[3 * PartBytes];
        if (point < 0
            || !Identifiers.IsSlug(trimmed[..point].ToString())
            || trimmed.Length - point - 1 != EncodedLength
            || !Base64Url.IsValid(trimmed[(point + 1)..])
            || !Base64Url.TryDecodeFromChars(trimmed[(point + 1)..], bytes, out var written)
            || written != bytes.Length)
        {
            throw Reasons.EnrolmentCodeInvalid.Because("This is not an enrolment code.", "Copy the whole code as the operator sent it; it is one line.");
        }

        return new EnrolmentCode(trimmed[..point].ToString(), bytes[..PartBytes], bytes[PartBytes..(2 * PartBytes)], bytes[(2 * PartBytes)..]);
    }

    /// <summary>The text form. It holds the secret: show it to the operator, and never log it.</summary>
    public override string ToString() => $"{ParticipantId}.{Base64Url.EncodeToString([.. Secret, .. CaHash, .. OperatorKeyHash])}";
}
