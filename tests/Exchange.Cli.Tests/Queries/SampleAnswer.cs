using Exchange.Client.Queries;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Value = Exchange.Protocol.Query.V1.Value;

namespace Exchange.Cli.Tests.Queries;

/// <summary>An answer with every type of value and every end of a participant's part.</summary>
internal static class SampleAnswer
{
    public const string Sql = "SELECT \"a\" FROM readings";

    public static VerifiedAnswer Create() => new(Sql, new RunQueryResponse
    {
        QueryId = "00000000000000000000000001",
        Columns =
        {
            new ResultColumn { Name = "town", Type = "string" }, new ResultColumn { Name = "n", Type = "int" }, new ResultColumn { Name = "x", Type = "double" },
            new ResultColumn { Name = "sum", Type = "decimal(38,2)" }, new ResultColumn { Name = "ok", Type = "bool" }, new ResultColumn { Name = "day", Type = "date" },
            new ResultColumn { Name = "moment", Type = "timestamp" },
        },
        Rows =
        {
            Row(2, new Value { StringValue = "嘉兴 \"a\"" }, new Value { IntValue = long.MaxValue }, new Value { DoubleValue = 0.1 + 0.2 },
                new Value { DecimalValue = "123456789012345678901234567890.10" }, new Value { BoolValue = true }, new Value { DateValue = 20089 },
                new Value { TimestampValue = 1_735_689_600_500_000 }),
            Row(1, new Value(), new Value { IntValue = 0 }, new Value { DoubleValue = 1e300 }, new Value(), new Value { BoolValue = false }, new Value { DateValue = -1 }, new Value()),
        },
        Release = ReleaseClass.Checked,
        Aggregation = Aggregation.Each,
        Coverage =
        {
            new ParticipantCoverage
            {
                ParticipantId = "alpha", Status = CoverageStatus.Answered, SuppressedCells = 3, Rules = { "fewer than 10 units" }, DatasetVersion = 2,
                Receipt = new Receipt { Seq = 4, Leaf = ByteString.CopyFromUtf8("{\"event\":\"query.answered\"}"), KeyId = "0123456789abcdef", InclusionProof = { ByteString.CopyFrom(1, 2, 3) }, Checkpoint = ByteString.CopyFromUtf8("log\n5\n") },
            },
            new ParticipantCoverage
            {
                ParticipantId = "beta", Status = CoverageStatus.Refused,
                Refusal = new Refusal { Reason = "NO_AGREEMENT", Message = "There is no agreement.", Action = "Request one." },
            },
            new ParticipantCoverage
            {
                ParticipantId = "gamma", Status = CoverageStatus.Unreachable,
                Refusal = new Refusal { Reason = "UNREACHABLE", Message = "It could not be reached.", Action = "Ask again." },
                Receipt = new Receipt { Leaf = ByteString.CopyFromUtf8("nonsense") },
            },
        },
        Notes = { "a note" },
        Elapsed = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(12.34)),
    }, witnesses: 0);

    private static ResultRow Row(int participants, params Value[] values) => new() { Participants = participants, Values = { values } };
}
