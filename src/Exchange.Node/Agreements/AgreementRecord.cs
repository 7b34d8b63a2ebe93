using System.Security.Cryptography;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Google.Protobuf;

namespace Exchange.Node.Agreements;

/// <summary>An agreement with its terms parsed. Immutable: the messages are shared and nobody changes them.</summary>
internal sealed class AgreementRecord
{
    private AgreementRecord(Agreement agreement, AgreementTerms terms, AgreementTerms? counter)
    {
        Agreement = agreement;
        Terms = terms;
        Counter = counter;
        Start = Catalog.Moments.TryRead(terms.StartTime) ?? throw Malformed("period");
        End = Catalog.Moments.TryRead((counter is not null && Written.State == AgreementState.Offered ? counter : terms).EndTime) ?? throw Malformed("period");
    }

    /// <summary>With the signatures, as it was written; may be past its end.</summary>
    public Agreement Agreement { get; }

    /// <summary>What the consumer signed: what it asked for, or the counter-offer it accepted.</summary>
    public AgreementTerms Terms { get; }

    /// <summary>The owner's newest counter-offer, or null when it made none.</summary>
    public AgreementTerms? Counter { get; }

    /// <summary>Its id.</summary>
    public string Id => Terms.Id;

    /// <summary>From when.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>Until when; of the counter-offer while that waits for an answer.</summary>
    public DateTimeOffset End { get; }

    /// <summary><c>name/major</c> of the product agreed on.</summary>
    public string Product => Terms.Offer.Terms.Product;

    /// <summary>Where it stood when it was written.</summary>
    public AgreementStanding Written => new(
        Agreement.State, Agreement.TerminationReason, Agreement.State is AgreementState.Offered or AgreementState.Accepted ? Agreement.Round : 0);

    /// <summary>SHA-256 of what was asked for first.</summary>
    public ByteString RequestHash => Agreement.RequestHash.IsEmpty ? HashOf(Agreement.ConsumerSigned.Payload) : Agreement.RequestHash;

    /// <summary>SHA-256 of a payload.</summary>
    public static ByteString HashOf(ByteString payload) => ByteString.CopyFrom(SHA256.HashData(payload.Span));

    /// <summary>Parses an agreement out of a message or the state.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementInvalid"/>; a whole record says nothing about signatures.</exception>
    public static AgreementRecord From(Agreement agreement)
    {
        var terms = Parse(agreement.ConsumerSigned?.Payload ?? ByteString.Empty);
        var counter = agreement.Countered is null ? null : Parse(agreement.Countered.Payload);
        return agreement.State == AgreementState.Offered && counter is null ? throw Malformed("counter-offer") : new AgreementRecord(agreement, terms, counter);
    }

    /// <summary>Where it stands at a moment.</summary>
    public AgreementStanding At(DateTimeOffset now) => AgreementLifecycle.At(Written, End, now);

    /// <summary>As people and peers see it at a moment.</summary>
    public Agreement ViewAt(DateTimeOffset now)
    {
        var standing = At(now);
        if (standing == Written)
        {
            return Agreement;
        }

        var view = Agreement.Clone();
        view.State = standing.State;
        view.TerminationReason = standing.Reason;
        view.UpdateTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(End);
        return view;
    }

    private static AgreementTerms Parse(ByteString payload)
    {
        try
        {
            var terms = AgreementTerms.Parser.ParseFrom(payload);
            return terms.Offer?.Terms is null ? throw Malformed("offer") : terms;
        }
        catch (InvalidProtocolBufferException)
        {
            throw Malformed("terms");
        }
    }

    private static ExchangeException Malformed(string what) =>
        Reasons.AgreementInvalid.Because($"The agreement's {what} cannot be read.", "Bring both nodes to the same version and request it again.");
}
