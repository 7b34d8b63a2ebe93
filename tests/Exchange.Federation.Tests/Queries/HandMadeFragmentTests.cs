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
