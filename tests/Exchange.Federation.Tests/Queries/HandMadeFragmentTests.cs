using System.Text.Json;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Federation.Tests.Queries;

/// <summary>An owner trusts nothing: each request here skips the asker's own checks, and each refusal is logged with a receipt.</summary>
public sealed class HandMadeFragmentTests(JointExchange joint) : IClassFixture<JointExchange>
{
    [Fact]
    public async Task An_unspoilt_query_is_answered()
    {
        var response = await SendAsync(joint.Query());

        Assert.Equal(RunFragmentResponse.OutcomeOneofCase.Answer, response.OutcomeCase);
        Assert.Equal(1, FragmentAnswer.Parser.ParseFrom(response.Answer).SuppressedCells);
    }

    [Fact]
    public async Task The_same_bytes_again_return_the_stored_answer_and_other_bytes_under_the_id_are_refused()
    {
        var query = joint.Query();
        var signed = joint.Sign(query);
        var first = await SendAsync(signed);
        var again = await SendAsync(signed);
        query.Fragment.GroupBy.Clear();

        Assert.Equal(first, again);
        AssertRefused(await SendAsync(query), Reasons.QueryIdReused);
    }

    [Fact]
    public async Task A_query_signed_with_another_key_is_refused()
    {
        using var forged = SigningKey.Create();
        AssertRefused(await SendAsync(joint.Sign(joint.Query(), forged)), Reasons.QuerySignatureInvalid);

        var claimed = joint.Sign(joint.Query(), forged);
        claimed.KeyId = joint.Sign(joint.Query()).KeyId;
        AssertRefused(await SendAsync(claimed), Reasons.QuerySignatureInvalid);
    }

    [Fact]
    public async Task A_query_changed_by_one_byte_is_refused()
    {
        var signed = joint.Sign(joint.Query());
        var payload = signed.Payload.ToByteArray();
        payload[^1] ^= 1;
        signed.Payload = ByteString.CopyFrom(payload);

        AssertRefused(await SendAsync(signed), Reasons.QuerySignatureInvalid);
    }

    [Fact]
    public async Task What_cannot_be_read_is_refused()
    {
        AssertRefused(await joint.SendAsync("alpha", new RunFragmentRequest()), Reasons.QueryMalformed);
        AssertRefused(await SendAsync(joint.Query(query => query.QueryId = "short")), Reasons.QueryMalformed);
        AssertRefused(await SendAsync(joint.Query(query => query.Fragment = null)), Reasons.QueryMalformed);
        AssertRefused(await SendAsync(joint.Query(query => query.CreateTime = null)), Reasons.QueryMalformed);
    }

    [Fact]
    public async Task A_query_in_another_name_is_refused() =>
        AssertRefused(await SendAsync(joint.Query(query => query.Asker = "beta")), Reasons.QueryAskerMismatch);

    [Theory]
    [InlineData(-12 * 60)]
    [InlineData(3 * 60)]
    public async Task A_query_from_another_time_is_refused(int seconds) => AssertRefused(
        await SendAsync(joint.Query(query => query.CreateTime = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddSeconds(seconds)))), Reasons.QueryStale);

    [Fact]
    public async Task A_forged_or_foreign_agreement_is_unknown()
    {
        AssertRefused(await SendAsync(joint.Sign(joint.Query()), Identifiers.NewId()), Reasons.AgreementUnknown);
        AssertRefused(await SendAsync(joint.Sign(joint.Query()), await joint.AgreementWithAsync("beta")), Reasons.AgreementUnknown);
        AssertRefused(await SendAsync(joint.Sign(joint.Query()), new string('x', 5_000)), Reasons.AgreementUnknown);
    }

    [Fact]
    public async Task Another_purpose_product_or_release_class_is_refused()
    {
        AssertRefused(await SendAsync(joint.Query(query => query.Purpose = "marketing")), Reasons.AgreementOtherPurpose);
        AssertRefused(await SendAsync(joint.Query(query => query.Fragment.Product = "readings/2")), Reasons.AgreementOtherProduct);
        AssertRefused(await SendAsync(joint.Query(query => query.Release = Protocol.Catalog.V1.ReleaseClass.Table)), Reasons.OtherReleaseClass);
    }

    [Fact]
    public async Task An_identifier_is_neither_grouped_nor_counted_nor_filtered()
    {
        var identifier = new Expression { Column = "worker_id" };
        var grouped = await SendAsync(joint.Query(query => query.Fragment.GroupBy.Add(identifier)));
        var counted = await SendAsync(joint.Query(query => query.Fragment.Aggregates.Add(new Aggregate { Kind = AggregateKind.Count, Argument = identifier })));
        var filtered = await SendAsync(joint.Query(query => query.Fragment.Where = new Expression
        {
            Call = new Call { Operator = Operator.IsNull, Arguments = { identifier } },
        }));

        Assert.All(new[] { grouped, counted, filtered }, response => Assert.Equal(RunFragmentResponse.OutcomeOneofCase.Refusal, response.OutcomeCase));
    }

    public static TheoryData<string, string> Spoilt => new()
    {
        { "a function that is unknown", Reasons.PlanTypeMismatch.Name },
        { "an aggregate that is unknown", Reasons.PlanInvalid.Name },
        { "a release class that is unknown", Reasons.OtherReleaseClass.Name },
        { "a sum of nothing", Reasons.PlanInvalid.Name },
        { "an expression of no kind", Reasons.PlanInvalid.Name },
        { "no aggregate", Reasons.PlanInvalid.Name },
        { "no purpose", Reasons.QueryMalformed.Name },
        { "10,000 groupings", Reasons.TooManyGroupKeys.Name },
        { "10,000 aggregates", Reasons.TooManyAggregates.Name },
        { "a thousand levels", Reasons.QueryMalformed.Name },
        { "a bound that is no number", Reasons.PlanInvalid.Name },
        { "a bound without end", Reasons.PlanInvalid.Name },
        { "a shift that is no number", Reasons.PlanInvalid.Name },
        { "another definition of the product", Reasons.ProductHashMismatch.Name },
        { "another major", Reasons.AgreementOtherProduct.Name },
        { "parts of a table", Reasons.QueryMalformed.Name },
    };

    [Theory]
    [MemberData(nameof(Spoilt))]
    public async Task Bad_input_is_refused_for_a_reason_of_its_own_and_logged(string what, string reason) =>
        AssertRefused(await SendAsync(joint.Query(query => Spoil(query, what))), Reasons.Named(reason, Grpc.Core.StatusCode.Unknown));

    [Fact]
    public async Task Nothing_is_charged_for_what_was_not_run()
    {
        using (var gamma = joint.ClientOf("gamma"))
        {
            var terms = Client.Files.OfferFile.Read(joint.Exchange.PathOf("offer.yaml"));
            terms.QueriesPerDay = 1;
            await gamma.Offers.SetAsync(terms, TestContext.Current.CancellationToken);
        }

        var agreement = await joint.AgreementWithAsync("gamma");
        Task<RunFragmentResponse> SendAsync(JointQuery query) => joint.SendAsync("gamma", new RunFragmentRequest { Query = joint.Sign(query), AgreementId = agreement });
        var unspoilt = joint.Query();
        foreach (var what in Spoilt.Select(row => row.Data.Item1))
        {
            // A refused query does not use its id up either.
            Assert.NotNull((await SendAsync(joint.Query(query =>
            {
                query.QueryId = unspoilt.QueryId;
                Spoil(query, what);
            }))).Refusal);
        }

        Assert.Equal(RunFragmentResponse.OutcomeOneofCase.Answer, (await SendAsync(unspoilt)).OutcomeCase);
        AssertRefused(await SendAsync(joint.Query()), Reasons.QueryQuotaExceeded);
    }

    private static void Spoil(JointQuery query, string what)
    {
        var fragment = query.Fragment;
        var (region, kwh) = (new Expression { Column = "region" }, new Expression { Column = "kwh" });
        Expression Over(double bound) => new() { Call = new Call { Operator = Operator.Greater, Arguments = { kwh, new Expression { Literal = new Protocol.Query.V1.Value { DoubleValue = bound } } } } };
        switch (what)
        {
            case "a function that is unknown":
                fragment.Where = new Expression { Call = new Call { Operator = (Operator)99, Arguments = { region } } };
                break;
            case "an aggregate that is unknown":
                fragment.Aggregates.Add(new Aggregate { Kind = (AggregateKind)99, Argument = kwh });
                break;
            case "a release class that is unknown":
                query.Release = (Protocol.Catalog.V1.ReleaseClass)99;
                break;
            case "a sum of nothing":
                fragment.Aggregates.Add(new Aggregate { Kind = AggregateKind.Sum });
                break;
            case "an expression of no kind":
                fragment.GroupBy.Add(new Expression());
                break;
            case "no aggregate":
                fragment.Aggregates.Clear();
                break;
            case "no purpose":
                query.Purpose = "";
                break;
            case "10,000 groupings":
                fragment.GroupBy.Add(Enumerable.Repeat(region, 10_000));
                break;
            case "10,000 aggregates":
                fragment.Aggregates.Add(Enumerable.Repeat(fragment.Aggregates[0], 10_000));
                break;
            case "a thousand levels":
                fragment.Where = Enumerable.Range(0, 1_000).Aggregate(Over(1), (inner, _) => new Expression { Call = new Call { Operator = Operator.Not, Arguments = { inner } } });
                break;
            case "a bound that is no number":
                fragment.Where = Over(double.NaN);
                break;
            case "a bound without end":
                fragment.Where = Over(double.PositiveInfinity);
                break;
            case "a shift that is no number":
                fragment.Aggregates.Add(new Aggregate { Kind = AggregateKind.Moments, Argument = kwh, ShiftX = double.NaN });
                break;
            case "another definition of the product":
                fragment.ProductHash = ByteString.CopyFrom(new byte[32]);
                break;
            case "another major":
                fragment.Product = "readings/2";
                break;
            case "parts of a table":
                query.Common = new TablePattern();
                break;
            default:
                throw new InvalidOperationException(what);
        }
    }

    private Task<RunFragmentResponse> SendAsync(JointQuery query) => SendAsync(joint.Sign(query));

    private async Task<RunFragmentResponse> SendAsync(SignedBytes signed) => await SendAsync(signed, await joint.AgreementWithAsync("alpha"));

    private Task<RunFragmentResponse> SendAsync(SignedBytes signed, string agreementId) =>
        joint.SendAsync("alpha", new RunFragmentRequest { Query = signed, AgreementId = agreementId });

    private static void AssertRefused(RunFragmentResponse response, ErrorReason reason)
    {
        Assert.Equal(RunFragmentResponse.OutcomeOneofCase.Refusal, response.OutcomeCase);
        Assert.Equal(reason.Name, response.Refusal.Reason);
        using var leaf = JsonDocument.Parse(response.Receipt.Leaf.Memory);
        Assert.Equal("query.refused", leaf.RootElement.GetProperty("event").GetString());
        Assert.Equal(reason.Name, leaf.RootElement.GetProperty("reason").GetString());
        Assert.Equal("lab", leaf.RootElement.GetProperty("caller").GetString());
    }
}
