using System.Security.Cryptography;
using Exchange.Client.Files;
using Exchange.Node.Peers;
using Exchange.Node.Sessions;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Approval;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>A relay in the hands of a test, with the laboratory's certificate, token and keys: it leads real owners as it likes.</summary>
internal sealed class HandRelay
{
    private readonly SecureExchange _secure;
    private readonly ByteString _agreedIn;
    private readonly Dictionary<string, SessionService.SessionServiceClient> _clients = [];

    private HandRelay(SecureExchange secure, SignedBytes signed, JointQuery query, ByteString agreedIn)
    {
        (_secure, Signed, _agreedIn) = (secure, signed, agreedIn);
        var register = secure.Lab.Host.Services.GetRequiredService<RegisterCache>().Current;
        var product = register.Products["readings/1"];
        var terms = OfferFile.Read(secure.Written("hand.yaml", SecureExchange.Offer));
        Plan = SumPlan.Of(FragmentPolicy.Approve(query.Fragment, product, terms, new FragmentLimits()), query);
        Keys = CohortKeys.Of(query, SHA256.HashData(signed.Payload.Span), Plan, register, TimeProvider.System.GetUtcNow());
        Relay = new SumRelay(Keys.Cohort, Keys.Verify, keysAreAgreed: !agreedIn.IsEmpty);
    }

    public SignedBytes Signed { get; }

    public SumPlan Plan { get; }

    public CohortKeys Keys { get; }

    public SumRelay Relay { get; }

    public ByteString CohortId => ByteString.CopyFrom(Keys.Cohort.Id);

    /// <summary>Everything that the relay ever held of the owners.</summary>
    public List<RoundMessage> Transcript { get; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="secure">The owners.</param>
    /// <param name="query">The question.</param>
    /// <param name="agreedIn">Id of the cohort in whose sum they agreed on keys; absent for a first question.</param>
    public static async Task<HandRelay> OfAsync(SecureExchange secure, JointQuery query, ByteString? agreedIn = null)
    {
        var relay = new HandRelay(secure, secure.Sign(query), query, agreedIn ?? ByteString.Empty);
        foreach (var firm in query.Cohort.Participants)
        {
            relay._clients[firm] = await secure.SessionsOfAsync(firm);
        }

        return relay;
    }

    public SessionService.SessionServiceClient this[string firm] => _clients[firm];

    public async Task<OpenSessionResponse> OpenAsync(string firm) => await this[firm].OpenSessionAsync(
        new OpenSessionRequest { Query = Signed, AgreementId = await _secure.AgreementWithAsync(firm), AgreedIn = _agreedIn }, cancellationToken: Cancellation);

    public async Task<IReadOnlyList<SessionMessage>> KeysAsync()
    {
        foreach (var firm in Keys.Cohort.Participants)
        {
            Take((await OpenAsync(firm)).Message);
        }

        return [.. Relay.CloseKeys().Select(CohortKeys.ToWire)];
    }

    /// <summary>Round 2 of a further question.</summary>
    public async Task<IReadOnlyDictionary<int, IReadOnlyList<SealedShares>>> SharesAgainAsync()
    {
        foreach (var firm in Keys.Cohort.Participants)
        {
            Take((await OpenAsync(firm)).Message);
        }

        return Relay.CloseShares();
    }

    public async Task<RenewSessionResponse> RenewAsync(string firm) =>
        await this[firm].RenewSessionAsync(new RenewSessionRequest { CohortId = CohortId }, cancellationToken: Cancellation);

    public async Task<IReadOnlyDictionary<int, IReadOnlyList<SealedShares>>> SharesAsync(IReadOnlyList<SessionMessage> keys)
    {
        foreach (var firm in Keys.Cohort.Participants)
        {
            Take((await ShareAsync(firm, keys)).Message);
        }

        return Relay.CloseShares();
    }

    public async Task<ParticipantSet> InputsAsync(IReadOnlyDictionary<int, IReadOnlyList<SealedShares>> shares)
    {
        foreach (var firm in Keys.Cohort.Participants)
        {
            Take((await InputAsync(firm, shares)).Message);
        }

        return Relay.CloseInputs();
    }

    public async Task<IReadOnlyList<SessionMessage>> ConfirmationsAsync(ParticipantSet survivors)
    {
        var confirmations = new List<SessionMessage>();
        foreach (var firm in Keys.Cohort.Participants)
        {
            confirmations.Add((await ConfirmAsync(firm, survivors)).Message);
            Take(confirmations[^1]);
        }

        Relay.CloseSurvivors();
        return confirmations;
    }

    public async Task<SecureSum> SumAsync(IReadOnlyList<SessionMessage> confirmations)
    {
        foreach (var firm in Keys.Cohort.Participants)
        {
            Take((await UnmaskAsync(firm, confirmations)).Message);
        }

        return Relay.CloseUnmasking();
    }

    public async Task<ShareSessionResponse> ShareAsync(string firm, IReadOnlyList<SessionMessage> keys) =>
        await this[firm].ShareSessionAsync(new ShareSessionRequest { CohortId = CohortId, Keys = { keys } }, cancellationToken: Cancellation);

    public async Task<InputSessionResponse> InputAsync(string firm, IReadOnlyDictionary<int, IReadOnlyList<SealedShares>> shares)
    {
        var request = new InputSessionRequest { CohortId = CohortId };
        request.Shares.AddRange(shares[Keys.Cohort.IndexOf(firm)].Select(share => new SealedShare { Dealer = share.Dealer, Ciphertext = ByteString.CopyFrom(share.Ciphertext.Span) }));
        return await this[firm].InputSessionAsync(request, cancellationToken: Cancellation);
    }

    public async Task<ConfirmSessionResponse> ConfirmAsync(string firm, ParticipantSet survivors) =>
        await this[firm].ConfirmSessionAsync(new ConfirmSessionRequest { CohortId = CohortId, Survivors = ByteString.CopyFrom(survivors.Bytes.Span) }, cancellationToken: Cancellation);

    /// <summary>Hands a firm what those that confirmed, other than itself, vouch for to it.</summary>
    public async Task<UnmaskSessionResponse> UnmaskAsync(string firm, IReadOnlyList<SessionMessage> confirmations)
    {
        var holder = Keys.Cohort.IndexOf(firm);
        var handed = confirmations.Select(CohortKeys.FromWire).Where(message => message.Payload.Span[36] != holder).Select(message => CohortKeys.ToWire(Relay.Vouching(message, holder)));
        return await this[firm].UnmaskSessionAsync(new UnmaskSessionRequest { CohortId = CohortId, Confirmations = { handed } }, cancellationToken: Cancellation);
    }

    /// <summary>The set of these members.</summary>
    public ParticipantSet SetOf(params string[] firms) => ParticipantSet.Of(Keys.Cohort.Count, firms.Select(firm => Keys.Cohort.IndexOf(firm)));

    private void Take(SessionMessage message)
    {
        var read = CohortKeys.FromWire(message);
        Transcript.Add(read);
        Relay.Accept(read);
    }
}
