using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;

namespace Exchange.Node.Sessions;

/// <summary>
/// Tells an asker how this owner's table divides its rows, for a secure sum over tables: decided, counted and logged as
/// <see cref="FragmentDesk"/> does with an answer, in the same order. It has no figure; that there are these blocks is what it tells.
/// </summary>
internal sealed class PartitionDesk(
    RegisterCache register, FragmentAdmission admission, DecisionLog decisions, TablePartitions partitions, AnsweredQueries answered, CallerSlots slots, StateStore state, AccessLog log,
    NodeIdentity identity, TimeProvider time)
{
    public async Task<DescribeTableResponse> DecideAsync(DescribeTableRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var received = time.GetTimestamp();
        var entry = new DecisionEntry(caller, request.AgreementId, request.Query);
        var response = await decisions.DecideAsync(
            entry, () => DescribeAsync(request, caller, entry), (refusal, receipt) => new DescribeTableResponse { Refusal = refusal, Receipt = receipt }).ConfigureAwait(false);
        await ResponseGrid.WaitAsync(time, received, entry.ResponseGrid, cancellationToken).ConfigureAwait(false);
        return response;
    }

    private async Task<DescribeTableResponse> DescribeAsync(DescribeTableRequest request, CallerIdentity caller, DecisionEntry entry)
    {
        using var slot = slots.Take(caller.ParticipantId);
        var incoming = IncomingQuery.Check(request.Query, caller, register.Current, time.GetUtcNow());
        entry.Describe(incoming);
        var admitted = admission.Admit(incoming, request.AgreementId, caller, Aggregation.Secure, entry);
        if (!admitted.Query.AsksPattern || admitted.Query.Release != ReleaseClass.Table)
        {
            throw Reasons.QueryMalformed.Because("The query is signed for another way of being asked.", "Ask through a node of this exchange.");
        }

        OwnPlace.Check(identity.ParticipantId, admitted);
        var live = partitions.LiveOf(admitted);
        entry.Describe(live);
        var partition = await partitions.OfAsync(admitted, live).ConfigureAwait(false);
        var response = new DescribeTableResponse
        {
            Partition = SignedMessage.Sign(SignedMessage.Partition, partition, identity.SigningKey),
            Salt = QueryDesk.NewSalt(),
        };
        entry.DescribeAnswer(ReleasedAnswer.HashOf(response.Salt.Span, response.Partition.Payload.Span));
        var leaf = log.LeafOf("query.answered", entry.ToJson());
        var claim = new QueryClaim(caller.ParticipantId, admitted.Query.QueryId, incoming.Hash, request.AgreementId, admitted.Terms.Name, admitted.Terms.QueriesPerDay)
        {
            Asked = new AskedOfOwner(admitted.Product.Id, incoming.Payload, 0, 0, live.DatasetVersion),
        };
        response.Receipt = await state.WriteAsync(connection =>
        {
            admission.AdmitAgain(connection, admitted);
            answered.Claim(connection, claim, null);
            return log.Begin(log.Append(connection, leaf));
        }, CancellationToken.None).ConfigureAwait(false);
        log.Prove(response.Receipt);
        return response;
    }
}
