using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Agreements;

/// <summary>As consumer: keeps this node's agreements in step with their owners, believing only what verifies.</summary>
internal sealed class AgreementFollowing(
    AgreementStore agreements, AgreementIndex index, AgreementSignatures signatures, PeerClients peers, NodeIdentity identity, TimeProvider time)
{
    /// <summary>How long an owner's node may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Most owners that are asked at once.</summary>
    private const int AtOnceMax = 32;

    /// <summary>Longest note, in characters; a longer one is cut.</summary>
    public const int NoteCharactersMax = 500;

    /// <summary>
    /// Takes over what an owner says about an agreement that this participant signed. In force it counts only with the owner's
    /// signature over the same payload; its end counts on the word of the owner, whose peer connection it came over.
    /// </summary>
    /// <param name="said">The agreement as the owner holds it.</param>
    /// <param name="provider">Whom it came from.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementUnknown"/>, <see cref="Reasons.AgreementSignatureInvalid"/>, <see cref="Reasons.AgreementInvalid"/>.</exception>
    public async Task<AgreementRecord> AcceptAsync(Agreement? said, string provider, CancellationToken cancellationToken)
    {
        var theirs = AgreementRecord.From(said ?? new Agreement());
        if (theirs.Terms.Provider != provider || theirs.Terms.Consumer != identity.ParticipantId)
        {
            throw AgreementIndex.Unknown();
        }

        signatures.Require(theirs.Agreement.ConsumerSigned, identity.ParticipantId);
        if (theirs.Written.State == AgreementState.Finalized)
        {
            RequireProvidersSignature(theirs, provider);
        }

        return (await agreements.ChangeAsync(theirs.Id, (_, own) => ChangeOf(own, theirs), cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Asks the owners of undecided requests where they stand. An owner that cannot be reached, or answers nonsense, changes nothing.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var undecided = index.Undecided(AgreementStore.LivePerConsumerMax);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(undecided, options, async (id, token) => await RefreshAsync(id, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task RefreshAsync(string id, CancellationToken cancellationToken)
    {
        var provider = agreements.Find(id)!.Terms.Provider;
        try
        {
            var response = await PeerCall.RunAsync($"node of {provider}", Deadline, time, AskAsync, cancellationToken).ConfigureAwait(false);
            await AcceptAsync(response.Agreement, provider, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException error) when (error.Reason == Reasons.AgreementUnknown)
        {
            // Sent, and never arrived: nobody will decide on it.
            await agreements.ChangeAsync(id, (_, own) => own is null || own.Written.State != AgreementState.Requested ? null : AgreementChange.Of(
                own.Agreement, own.Written, [AgreementEvent.Reject], "The request did not reach the owner.", time.GetUtcNow(), unsent: false), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ExchangeException)
        {
            // It stays REQUESTED here and is asked for again the next time somebody looks.
        }

        async Task<GetAgreementResponse> AskAsync(CancellationToken token) =>
            await new AgreementClient(await peers.ForAsync(provider, token).ConfigureAwait(false))
                .GetAgreementAsync(new GetAgreementRequest { AgreementId = id }, cancellationToken: token).ConfigureAwait(false);
    }

    private void RequireProvidersSignature(AgreementRecord theirs, string provider)
    {
        signatures.Require(theirs.Agreement.ProviderSigned, provider);
        if (!theirs.Agreement.ProviderSigned.Payload.Equals(theirs.Agreement.ConsumerSigned.Payload))
        {
            throw Reasons.AgreementSignatureInvalid.Because("The owner signed other terms than this participant.", "Request the agreement again.");
        }
    }

    private AgreementChange? ChangeOf(AgreementRecord? own, AgreementRecord theirs)
    {
        if (own is not null && !own.Agreement.ConsumerSigned.Payload.Equals(theirs.Agreement.ConsumerSigned.Payload))
        {
            throw Reasons.AgreementIdReused.Because("The id belongs to an agreement with other content.", "Request again under a new id.");
        }

        var from = own?.Written ?? AgreementLifecycle.None;
        var happened = AgreementLifecycle.Between(from, theirs.Written);
        if (happened.Count == 0)
        {
            return null;
        }

        var next = (own ?? theirs).Agreement.Clone();
        next.ProviderSigned = theirs.Written.State == AgreementState.Finalized ? theirs.Agreement.ProviderSigned : own?.Agreement.ProviderSigned;
        var note = theirs.Agreement.Note.Length <= NoteCharactersMax ? theirs.Agreement.Note : theirs.Agreement.Note[..NoteCharactersMax];
        return AgreementChange.Of(next, from, happened, note, time.GetUtcNow(), unsent: false);
    }
}
