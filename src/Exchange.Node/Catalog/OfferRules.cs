using System.Text.RegularExpressions;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Query.Approval;
using Exchange.Query.Products;
using Google.Protobuf.WellKnownTypes;
using Enum = System.Enum;

namespace Exchange.Node.Catalog;

/// <summary>Terms that passed every rule, with what was omitted filled in.</summary>
/// <param name="Terms">Complete terms.</param>
/// <param name="Notes">What follows from them, in words for the owner.</param>
internal sealed record CheckedOffer(OfferTerms Terms, IReadOnlyList<string> Notes);

/// <summary>The rules for an owner's terms. Pure: the same terms, product and moment give the same outcome.</summary>
internal static partial class OfferRules
{
    /// <summary>Most purposes of an offer.</summary>
    public const int PurposesMax = 20;

    /// <summary>Most region patterns, and most participants, of an offer.</summary>
    public const int ConsumersMax = 1_000;

    /// <summary>Most that <c>min_units</c>, <c>round_to</c> and <c>queries_per_day</c> may be.</summary>
    public const int CountMax = 1_000_000;

    /// <summary>Most that <c>min_nodes</c>, <c>dominance.n</c>, <c>coalition</c> and <c>min_spread</c> may be.</summary>
    public const int SmallCountMax = 10_000;

    /// <summary>Checks terms and fills in what was omitted.</summary>
    /// <param name="terms">As the owner wrote them; not changed.</param>
    /// <param name="product">The product they are for.</param>
    /// <param name="now">The offer must end after it.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.OfferInvalid"/> naming the clause, or <see cref="Reasons.NotServedYet"/> for a release class, aggregation or disclosure rule to come.
    /// </exception>
    public static CheckedOffer Check(OfferTerms terms, Product product, DateTimeOffset now)
    {
        var complete = terms.Clone();
        var notes = new List<string>();
        if (!Identifiers.IsSlug(terms.Name))
        {
            throw Invalid("offer", "is not a name of 2 to 40 characters of a-z, 0-9 and '-', starting with a letter");
        }

        CheckConsumers(complete.Consumers ??= new Consumers());
        CheckPurposes(complete);
        CheckColumns(complete, product, notes);
        CheckRelease(complete);
        complete.Disclosure = WithDefaults(complete.Disclosure);
        CheckDisclosure(complete.Disclosure);
        CheckSecure(complete, notes);
        if (complete.Release == ReleaseClass.Table)
        {
            CheckTable(complete, product, notes);
        }
        else if (complete.Release == ReleaseClass.Noisy)
        {
            CheckNoisy(complete, product, notes);
        }
        else
        {
            CheckServed(complete.Disclosure, notes);
        }

        CheckResponseGrid(complete);
        CheckLimits(complete, now);
        if (complete.Approval == Approval.Unspecified)
        {
            complete.Approval = Approval.Manual;
            notes.Add("approval was not given: a person decides each request (manual).");
        }

        return new CheckedOffer(complete, notes);
    }

    private static void CheckConsumers(Consumers consumers)
    {
        if (consumers.Kinds.Any(kind => kind == ParticipantKind.Unspecified || !Enum.IsDefined(kind)))
        {
            throw Invalid("consumers.kinds", "holds an unknown kind; the kinds are enterprise, government and institute");
        }

        if (consumers.Regions.Any(pattern => !RegionPattern().IsMatch(pattern)))
        {
            throw Invalid("consumers.regions", "holds something other than an ISO 3166-2 code or a pattern such as CN-*");
        }

        if (consumers.Participants.Any(id => !Identifiers.IsSlug(id)))
        {
            throw Invalid("consumers.participants", "holds something other than participant ids");
        }

        if (consumers.Regions.Count > ConsumersMax || consumers.Participants.Count > ConsumersMax || consumers.Kinds.Count > ConsumersMax)
        {
            throw Invalid("consumers", $"holds a list of more than {ConsumersMax} entries");
        }
    }

    private static void CheckPurposes(OfferTerms terms)
    {
        if (terms.Purposes.Count is 0 or > PurposesMax)
        {
            throw Invalid("purposes", $"must name 1 to {PurposesMax} purposes");
        }

        if (terms.Purposes.Any(purpose => !IsPurpose(purpose)))
        {
            throw Invalid("purposes", "holds something other than words of 2 to 40 characters of a-z, 0-9 and '-'");
        }

        if (terms.Purposes.Distinct().Count() != terms.Purposes.Count)
        {
            throw Invalid("purposes", "names a purpose twice");
        }
    }

    /// <summary>Whether the text has the form of a purpose.</summary>
    public static bool IsPurpose(string? text) => Identifiers.IsSlug(text);

    private static void CheckColumns(OfferTerms terms, Product product, List<string> notes)
    {
        terms.ColumnsListed |= terms.Columns.Count > 0;
        var seen = new HashSet<string>();
        var uses = new HashSet<ColumnUse>();
        foreach (var rule in terms.Columns)
        {
            if (!product.Columns.TryGetValue(rule.Column, out var column))
            {
                var nearest = NearestName.Of(rule.Column, product.Columns.Keys);
                throw Invalid("columns", $"names a column that {product.Id} does not have: {Quoted(rule.Column)}{(nearest is null ? "" : $" (did you mean {Quoted(nearest)}?)")}");
            }

            if (!seen.Add(rule.Column))
            {
                throw Invalid("columns", $"names {Quoted(rule.Column)} twice");
            }

            CheckUses(rule, column);
            uses.UnionWith(rule.Uses);
        }

        AddNotes(uses, notes);
    }

    private static void CheckUses(ColumnRule rule, Column column)
    {
        var fitting = OfferColumns.FittingFor(column);
        if (rule.Uses.Count == 0)
        {
            throw Invalid("columns", $"lists no use for {Quoted(column.Name)}; leave the column out to allow none");
        }

        foreach (var use in rule.Uses)
        {
            if (!fitting.Contains(use))
            {
                var allowed = fitting.Count == 0 ? "nothing" : string.Join(", ", fitting.Select(ColumnUses.NameOf));
                throw Invalid("columns", $"allows {ColumnUses.NameOf(use)} for {Quoted(column.Name)}, a {column.Role.ToString().ToLowerInvariant()}, for which an offer may list {allowed}");
            }

            if (use is ColumnUse.Quantile or ColumnUse.Range && ValueGrid.Of(column) is null)
            {
                throw Invalid("columns", $"allows {ColumnUses.NameOf(use)} for {Quoted(column.Name)}, which has no step and bounds in the product");
            }
        }
    }

    private static void AddNotes(HashSet<ColumnUse> uses, List<string> notes)
    {
        if (uses.Contains(ColumnUse.Avg))
        {
            notes.Add("avg implies count and sum.");
        }

        foreach (var use in new[] { ColumnUse.Variance, ColumnUse.Corr }.Where(uses.Contains))
        {
            notes.Add($"{ColumnUses.NameOf(use)} implies count, sum and second moments.");
        }

        if (uses.Contains(ColumnUse.Quantile))
        {
            notes.Add("quantile lets the number of values in each bin of the product's grid leave, where the bin keeps the rules.");
        }
    }

    private static void CheckRelease(OfferTerms terms)
    {
        if (terms.Release == ReleaseClass.Unspecified || !Enum.IsDefined(terms.Release))
        {
            throw Invalid("release", "is missing: the owner must choose");
        }

        if (terms.Aggregation == Aggregation.Unspecified)
        {
            terms.Aggregation = Aggregation.Each;
        }

        if (!Enum.IsDefined(terms.Aggregation) || !Enum.IsDefined(terms.Approval))
        {
            throw Invalid("aggregation or approval", "is not one this version knows");
        }

    }

    private static void CheckLimits(OfferTerms terms, DateTimeOffset now)
    {
        if (terms.Budget is not null && terms.Release != ReleaseClass.Noisy)
        {
            throw Invalid("budget", "belongs to `release: noisy` only");
        }

        if (terms.QueriesPerDay is < 0 or > CountMax)
        {
            throw Invalid("queries_per_day", $"must be 0 (no limit) to {CountMax}");
        }

        if (terms.ExpireTime is null)
        {
            throw Invalid("expires", "is missing: an offer has a last day");
        }

        if (Moments.TryRead(terms.ExpireTime) is not { } expiry || expiry <= now)
        {
            throw Invalid("expires", "must be in the future");
        }
    }

    private static ExchangeException Invalid(string clause, string problem) =>
        Reasons.OfferInvalid.Because($"The offer's clause `{clause}` {problem}.", "Mend the offer and set it again.");

    // Column names come from the caller: bounded before they are shown.
    private static string Quoted(string name) => $"'{(name.Length <= 128 ? name : name[..128] + "…")}'";

    [GeneratedRegex(@"\A[A-Z0-9*][A-Z0-9*-]{0,15}\z")]
    private static partial Regex RegionPattern();
}
