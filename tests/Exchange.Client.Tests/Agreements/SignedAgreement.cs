using Exchange.Client.Agreements;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Client.Tests.Agreements;

/// <summary>Makes the file that honest parties would, for tests to spoil one thing in.</summary>
internal sealed class SignedAgreement
{
    public static readonly DateTimeOffset Start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public SigningKey OperatorKey { get; set; } = SigningKey.Create();

    public SigningKey LabKey { get; set; } = SigningKey.Create();

    public SigningKey MillKey { get; set; } = SigningKey.Create();

    public AgreementTerms Terms { get; } = new()
    {
        Id = "0123456789abcdefghjkmnpqrs",
        Provider = "mill",
        Consumer = "lab",
        Purpose = "research",
        StartTime = Timestamp.FromDateTimeOffset(Start),
        EndTime = Timestamp.FromDateTimeOffset(Start.AddDays(100)),
        Offer = new Offer
        {
            Provider = "mill",
            Version = 3,
            Terms = new OfferTerms
            {
                Name = "open",
                Product = "readings/1",
                Purposes = { "research" },
                Release = ReleaseClass.Checked,
                Aggregation = Aggregation.Each,
                Disclosure = new Disclosure { MinUnits = 10 },
                ExpireTime = Timestamp.FromDateTimeOffset(Start.AddDays(365)),
            },
        },
    };

    public ParticipantKey LabEntry { get; private set; } = new();

    public ParticipantKey MillEntry { get; private set; } = new();

    public RegisterSnapshot Snapshot { get; private set; } = new();

    /// <summary>The file; the changes are made to the register before the operator signs it.</summary>
    public AgreementFile File(Action<SignedAgreement>? change = null)
    {
        LabEntry = EntryOf(LabKey);
        MillEntry = EntryOf(MillKey);
        Snapshot = new RegisterSnapshot
        {
            Version = 7,
            IssuedTime = Timestamp.FromDateTimeOffset(Start.AddDays(1)),
            Participants = { new Participant { Id = "lab", Keys = { LabEntry } }, new Participant { Id = "mill", Keys = { MillEntry } }, new Participant { Id = "rival" } },
            Products = { SignedMessage.Sign(SignedMessage.Product, Product(), MillKey) },
        };
        change?.Invoke(this);
        var payload = Terms.ToByteString();
        return new AgreementFile(
            SignedMessage.Sign(SignedMessage.Agreement, payload, LabKey),
            SignedMessage.Sign(SignedMessage.Agreement, payload, MillKey),
            SignedMessage.Sign(SignedMessage.Register, Snapshot, OperatorKey),
            OperatorKey.PublicKey);
    }

    private static ProductDefinition Product() => new()
    {
        Name = "readings",
        Major = 1,
        Unit = "worker_id",
        Columns =
        {
            new ColumnDefinition { Name = "region", Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "kwh", Role = ColumnRole.Measure },
            new ColumnDefinition { Name = "worker_id", Role = ColumnRole.Identifier },
        },
    };

    private static ParticipantKey EntryOf(SigningKey key) => new()
    {
        KeyId = key.KeyId,
        Use = KeyUse.Signing,
        PublicKey = ByteString.CopyFrom(key.PublicKey),
        FromTime = Timestamp.FromDateTimeOffset(Start.AddDays(-30)),
    };
}
