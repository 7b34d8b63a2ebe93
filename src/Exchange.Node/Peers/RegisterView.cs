using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Node.Peers;

/// <summary>One version of the register, verified and indexed. Immutable.</summary>
internal sealed class RegisterView(SignedBytes signed, RegisterSnapshot snapshot)
{
    private readonly Dictionary<string, Participant> _participants = snapshot.Participants.ToDictionary(participant => participant.Id);
    private readonly Dictionary<string, TokenKey> _tokenKeys = snapshot.TokenKeys.ToDictionary(key => key.KeyId);
    private readonly Lazy<Dictionary<string, Product>> _products = new(() => ProductsOf(snapshot));

    /// <summary>Checks the operator's signature and reads the register.</summary>
    /// <exception cref="ExchangeException"><c>REGISTER_INVALID</c>.</exception>
    public static RegisterView Verify(SignedBytes? signed, ReadOnlySpan<byte> operatorKey)
    {
        if (SignedMessage.Verify(SignedMessage.Register, signed, operatorKey))
        {
            try
            {
                return new RegisterView(signed!, RegisterSnapshot.Parser.ParseFrom(signed!.Payload));
            }
            catch (Exception error) when (error is InvalidProtocolBufferException or ArgumentException)
            {
                // Signed, and still not a register (or one that names a participant twice): refused like a forged one.
            }
        }

        throw Reasons.RegisterInvalid.Because("The register from the identity server is not one that the operator signed.", "Tell the operator; until then this node keeps the register it has.");
    }

    /// <summary>The register of a node that never got one: nobody is in it.</summary>
    public static RegisterView Empty { get; } = new(new SignedBytes(), new RegisterSnapshot());

    /// <summary>As the operator signed it.</summary>
    public SignedBytes Signed { get; } = signed;

    /// <summary>Its content.</summary>
    public RegisterSnapshot Snapshot { get; } = snapshot;

    /// <summary>Its products by <c>name/major</c>; one that does not pass this version's rules is left out.</summary>
    public IReadOnlyDictionary<string, Product> Products => _products.Value;

    /// <summary>The participant of that id, or null.</summary>
    public Participant? Find(string participantId) => _participants.GetValueOrDefault(participantId);

    /// <summary>The public key that signs access tokens under that <c>kid</c>, or null.</summary>
    public TokenKey? FindTokenKey(string keyId) => _tokenKeys.GetValueOrDefault(keyId);

    /// <summary>The participant's public key of that id and use that counts at <paramref name="when"/>, or null.</summary>
    public byte[]? KeyOf(string participantId, string keyId, KeyUse use, DateTimeOffset when) =>
        Find(participantId)?.Keys.FirstOrDefault(key => key.KeyId == keyId && key.Use == use
            && (key.ToTime is null || key.ToTime.ToDateTimeOffset() > when))?.PublicKey.ToByteArray();

    private static Dictionary<string, Product> ProductsOf(RegisterSnapshot snapshot)
    {
        var products = new Dictionary<string, Product>();
        foreach (var signed in snapshot.Products)
        {
            try
            {
                var product = Product.From(signed);
                products.TryAdd(product.Id, product);
            }
            catch (Exception error) when (error is ExchangeException or InvalidProtocolBufferException)
            {
                // Published by a newer version with rules unknown here: this node cannot serve it, others can.
            }
        }

        return products;
    }
}
