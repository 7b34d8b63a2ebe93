using Exchange.Node.Agreements;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Expressions;

namespace Exchange.Node.Queries;

/// <summary>Decides who is asked: compiles the question and finds, per owner, the agreement it can be asked under.</summary>
internal sealed class QueryPlanner(RegisterCache register, AgreementStore agreements, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Plans a question.</summary>
    /// <exception cref="ExchangeException">What is wrong with the SQL; <see cref="Reasons.PurposeMissing"/>; <see cref="Reasons.NoAgreement"/> when nobody can be asked.</exception>
    public async Task<QueryPlan> PlanAsync(
        string sql, string purpose, IReadOnlyCollection<string> participants, ReleaseClass wanted, Aggregation aggregation, bool snap, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(purpose))
        {
            throw Reasons.PurposeMissing.Because("A question needs a purpose.", "Name one of the purposes of your agreements with --purpose.");
        }

        var now = time.GetUtcNow();
        var compiled = await CompileAsync(sql, cancellationToken).ConfigureAwait(false);
        bool IsWanted(OfferTerms terms) =>
            (wanted == ReleaseClass.Unspecified || terms.Release == wanted) && (aggregation == Aggregation.Unspecified || terms.Aggregation == aggregation);
        var agreed = agreements.ForUse(compiled.Product.Id, purpose, IsWanted).ToDictionary(agreement => agreement.Terms.Provider);
        var inForce = agreed.Where(agreement => agreement.Value.At(now) == AgreementLifecycle.Finalized).Select(agreement => agreement.Key).ToHashSet();
        IEnumerable<string> asked = participants.Count == 0 ? agreed.Keys : participants.Distinct();
        var unknown = participants.FirstOrDefault(id => register.Current.Find(id) is null);
        if (unknown is not null)
        {
            throw Reasons.InvalidRequest.Because("One of the named participants is not in the register.", "See `exchange catalog` for those that are.");
        }

        var offers = asked.Where(inForce.Contains).Select(id => agreed[id].Terms.Offer.Terms).ToList();
        var release = wanted != ReleaseClass.Unspecified ? wanted : ClassOfMost(offers);
        var how = aggregation != Aggregation.Unspecified ? aggregation : AggregationOfMost(offers.Where(terms => terms.Release == release));
        var targets = new List<QueryTarget>();
        var leftOut = new List<OwnerPart>();
        foreach (var id in asked.Order(StringComparer.Ordinal))
        {
            if (!agreed.TryGetValue(id, out var agreement))
            {
                leftOut.Add(LeftOut(id, Reasons.NoAgreement.Because("There is no agreement with this owner for product and purpose.",
                    $"Ask for one: exchange agreement request {compiled.Product.Id} --purpose {purpose} --participants {id}")));
            }
            else if (!inForce.Contains(id))
            {
                leftOut.Add(LeftOut(id, AgreementLifecycle.Refusal(agreement.At(now))));
            }
            else if (agreement.Terms.Offer.Terms.Release != release)
            {
                leftOut.Add(LeftOut(id, Reasons.OtherReleaseClass.Because("This owner's agreement is for another release class.",
                    $"Ask it by itself with --release {agreement.Terms.Offer.Terms.Release.ToString().ToLowerInvariant()}.")));
            }
            else if (agreement.Terms.Offer.Terms.Aggregation != how)
            {
                leftOut.Add(LeftOut(id, how == Aggregation.Secure
                    ? Reasons.OtherAggregation.Because("This owner's agreement is not for secure sums.", "Ask it by itself with --aggregation each.")
                    : Reasons.OtherAggregation.Because("This owner's data are only in secure sums.", "Ask it, with others, with --aggregation secure.")));
            }
            else if (how == Aggregation.Secure && id == identity.ParticipantId)
            {
                leftOut.Add(LeftOut(id, Reasons.AskerNotCounted.Because("An asker's own data are in no secure sum that it asks for.", "Ask your own data by themselves.")));
            }
            else
            {
                targets.Add(new QueryTarget(id, agreement.Terms.Id, agreement.Terms.Offer.Terms));
            }
        }

        var (fragment, moved) = snap && release == ReleaseClass.Table ? FilterSnapping.Snap(compiled.Fragment, compiled.Product) : (compiled.Fragment, []);
        return new QueryPlan(compiled, release, targets, leftOut) { Fragment = fragment, Moved = moved, Aggregation = how };
    }

    /// <summary>A register that is some seconds old may not have a product yet: unknown tables are looked up once more.</summary>
    private async Task<CompiledQuery> CompileAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            return QueryCompiler.Compile(sql, [.. register.Current.Products.Values]);
        }
        catch (ExchangeException error) when (error.Reason == Reasons.SqlUnknownTable)
        {
            await register.RefreshAsync(cancellationToken).ConfigureAwait(false);
            return QueryCompiler.Compile(sql, [.. register.Current.Products.Values]);
        }
    }

    // The class most owners offer; on a tie table, then noisy, then checked, which is their order as numbers.
    private static ReleaseClass ClassOfMost(IEnumerable<OfferTerms> offers) => offers
        .GroupBy(terms => terms.Release).OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
        .Select(group => group.Key).FirstOrDefault(ReleaseClass.Checked);

    // Of a tie, the one that tells less.
    private static Aggregation AggregationOfMost(IEnumerable<OfferTerms> offers) => offers
        .GroupBy(terms => terms.Aggregation).OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key)
        .Select(group => group.Key).FirstOrDefault(Aggregation.Each);

    private static OwnerPart LeftOut(string id, ExchangeException refusal) => new(
        new ParticipantCoverage
        {
            ParticipantId = id,
            Status = CoverageStatus.Refused,
            Refusal = new Refusal { Reason = refusal.Reason.Name, Message = refusal.Message, Action = refusal.Action },
        },
        null);
}

/// <summary>A planned question.</summary>
/// <param name="Compiled">The compiled SQL.</param>
/// <param name="Release">The class it runs in.</param>
/// <param name="Targets">Who is asked, ordered by id.</param>
/// <param name="LeftOut">Who cannot be asked, and why.</param>
internal sealed record QueryPlan(CompiledQuery Compiled, ReleaseClass Release, IReadOnlyList<QueryTarget> Targets, IReadOnlyList<OwnerPart> LeftOut)
{
    /// <summary>What owners are asked: the compiled fragment, with its filters moved where that was asked for.</summary>
    public required Fragment Fragment { get; init; }

    /// <summary>Whether owners answer each for itself, or in one secure sum.</summary>
    public required Aggregation Aggregation { get; init; }

    /// <summary>Which filters were moved, in words.</summary>
    public required IReadOnlyList<string> Moved { get; init; }
}
