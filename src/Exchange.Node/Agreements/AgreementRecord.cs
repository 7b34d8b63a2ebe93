using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Google.Protobuf;

namespace Exchange.Node.Agreements;

/// <summary>An agreement with its terms parsed. Immutable: the messages are shared and nobody changes them.</summary>
internal sealed class AgreementRecord
{
    private AgreementRecord(Agreement agreement, AgreementTerms terms)
    {
        Agreement = agreement;
        Terms = terms;
        Start = Catalog.Moments.TryRead(terms.StartTime) ?? throw Malformed("period");
        End = Catalog.Moments.TryRead(terms.EndTime) ?? throw Malformed("period");
    }

    /// <summary>With the signatures, as it was written; may be past its end.</summary>
    public Agreement Agreement { get; }

    /// <summary>What was agreed.</summary>
    public AgreementTerms Terms { get; }

    /// <summary>Its id.</summary>
    public string Id => Terms.Id;

    /// <summary>From when.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>Until when.</summary>
    public DateTimeOffset End { get; }

    /// <summary><c>name/major</c> of the product agreed on.</summary>
    public string Product => Terms.Offer.Terms.Product;

    /// <summary>Where it stood when it was written.</summary>
    public AgreementStanding Written => new(Agreement.State, Agreement.TerminationReason);

    /// <summary>Parses an agreement out of a message or the state.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementInvalid"/>; a whole record says nothing about signatures.</exception>
    public static AgreementRecord From(Agreement agreement)
    {
        try
        {
            var terms = AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned?.Payload ?? ByteString.Empty);
            return terms.Offer?.Terms is null ? throw Malformed("offer") : new AgreementRecord(agreement, terms);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Malformed("terms");
        }
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
        view.UpdateTime = Terms.EndTime;
        return view;
    }

    private static ExchangeException Malformed(string what) =>
        Reasons.AgreementInvalid.Because($"The agreement's {what} cannot be read.", "Bring both nodes to the same version and request it again.");
}
