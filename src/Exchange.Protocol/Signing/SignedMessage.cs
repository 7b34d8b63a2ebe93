using System.Text;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;

namespace Exchange.Protocol.Signing;

/// <summary>Makes and checks <see cref="SignedBytes"/>: Ed25519 over <c>exchange/&lt;type&gt;/v1\n</c> + payload.</summary>
public static class SignedMessage
{
    /// <summary>Type of a register snapshot.</summary>
    public const string Register = "register";

    /// <summary>Type of a product definition.</summary>
    public const string Product = "product";

    /// <summary>Type of a joint query.</summary>
    public const string Query = "query";

    /// <summary>Type of an agreement.</summary>
    public const string Agreement = "agreement";

    /// <summary>Type of the terms that an owner would sign instead of those asked for. Of another type than an agreement, so that it is never taken for one.</summary>
    public const string CounterOffer = "counter-offer";

    /// <summary>Type of the proofs of possession in an enrolment.</summary>
    public const string Enrolment = "enrolment";

    /// <summary>Type of a participant's messages in the rounds of a secure sum.</summary>
    public const string Session = "session";

    /// <summary>Type of how a member's safe table divides its rows, for secure sums over tables.</summary>
    public const string Partition = "partition";

    /// <summary>A new log key, signed by itself and by the one before.</summary>
    public const string LogKey = "log-key";

    /// <summary>Largest payload that is accepted, in bytes.</summary>
    public const int PayloadBytesMax = 1 << 20;

    /// <summary>Largest register that is accepted, in bytes: it holds every participant and product.</summary>
    public const int RegisterBytesMax = 16 << 20;

    /// <summary>Signs a message as it is serialised now.</summary>
    public static SignedBytes Sign(string type, IMessage message, SigningKey key) => Sign(type, message.ToByteString(), key);

    /// <summary>Signs bytes, such as a payload that another party has signed already.</summary>
    public static SignedBytes Sign(string type, ByteString payload, SigningKey key) => new()
    {
        Payload = payload,
        KeyId = key.KeyId,
        Signature = ByteString.CopyFrom(key.Sign(ToBeSigned(type, payload.Span))),
    };

    /// <summary>Whether the signature holds under that key. Never throws on hostile input.</summary>
    public static bool Verify(string type, SignedBytes? signed, ReadOnlySpan<byte> publicKey) =>
        signed is not null
        && signed.Payload.Length <= (type == Register ? RegisterBytesMax : PayloadBytesMax)
        && SigningKey.Verify(publicKey, ToBeSigned(type, signed.Payload.Span), signed.Signature.Span);

    /// <summary>What a signature of that type covers.</summary>
    public static byte[] ToBeSigned(string type, ReadOnlySpan<byte> payload)
    {
        var prefix = Encoding.ASCII.GetBytes($"exchange/{type}/v1\n");
        var bytes = new byte[prefix.Length + payload.Length];
        prefix.CopyTo(bytes, 0);
        payload.CopyTo(bytes.AsSpan(prefix.Length));
        return bytes;
    }
}
