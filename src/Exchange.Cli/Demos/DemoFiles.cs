using System.Text;

namespace Exchange.Cli.Demos;

/// <summary>Writes the files of the demonstration: what a person would write for a trial of their own, so that they can look at them.</summary>
internal static class DemoFiles
{
    private const string Product = """
        # SYNTHETIC data of the demonstration.
        product: knitting/1
        title: Production, energy and defects per worker, machine and day (synthetic)
        unit: worker_id
        columns:
          region:       {type: string, role: dimension, domain: [jiaxing, shaoxing, huzhou, ningbo], required: true}
          month:        {type: date, role: dimension, grain: month, required: true}
          product_type: {type: string, role: dimension, domain: [sweater, sock, scarf, glove], required: true}
          kwh:          {type: double, role: measure, bounds: [0, 500], step: 5, measured_in: kWh}
          kwh_band:     {from: kwh, role: dimension, cuts: [100, 115, 130]}
          units:        {type: int, role: measure, bounds: [0, 1000], measured_in: pieces}
          defects:      {type: int, role: measure, bounds: [0, 100], measured_in: pieces}
          price:        {type: "decimal(12,2)", role: measure, bounds: [0, 1000], measured_in: CNY}
          machine_id:   {type: string, role: hidden}
          worker_id:    {type: string, role: identifier, required: true}
        panel: month
        """;

    private const string Wages = """
        # SYNTHETIC data of the demonstration.
        product: wages/1
        title: Monthly wages, one row per worker (synthetic)
        unit: worker_id
        columns:
          region:       {type: string, role: dimension, domain: [jiaxing, shaoxing, huzhou, ningbo], required: true}
          years:        {type: int, role: dimension, range: [0, 40], required: true}
          wage:         {type: int, role: measure, bounds: [2000, 12000], step: 250, measured_in: CNY, required: true}
          worker_id:    {type: string, role: identifier, required: true}
        """;

    // Whom a wage belongs to must not show, whatever else somebody knows: so they are answered with noise, out of a budget.
    private const string WagesOffer = """
        offer: wages-with-noise
        product: wages/1
        consumers: {kinds: [institute, government]}
        purposes: [research, statistics]
        release: noisy
        budget: {rho: 1, delta: 1e-6, per: year}
        approval: automatic
        expires: 2099-12-31
        """;

    private const string WagesQuestion = "SELECT region, COUNT(*) AS workers, AVG(wage) AS mean_wage, MEDIAN(wage) AS median_wage FROM wages WHERE years >= 5 GROUP BY region ORDER BY region";

    private static readonly string[] Questions =
    [
        "SELECT month, COUNT(*) AS days, SUM(units) AS pieces, SUM(kwh) / SUM(units) AS kwh_per_piece, AVG(price) AS mean_price FROM knitting GROUP BY month ORDER BY month",
        "SELECT region, product_type, SUM(units) AS pieces, AVG(kwh) AS kwh, STDDEV_SAMP(kwh) AS spread FROM knitting GROUP BY region, product_type ORDER BY region, product_type",
        "SELECT kwh_band, SUM(defects) AS defects, SUM(units) AS pieces, 1000.0 * SUM(defects) / SUM(units) AS per_thousand FROM knitting WHERE product_type IN ('sweater', 'sock') GROUP BY kwh_band ORDER BY kwh_band",
    ];

    /// <summary>Writes everything and returns the path of the trial file.</summary>
    public static string Write(string folder, CancellationToken cancellationToken)
    {
        Save(folder, "product.yaml", Product + "\n");
        Save(folder, "wages.yaml", Wages + "\n");
        Save(folder, "wages-offer.yaml", WagesOffer + "\n");
        Save(folder, "orders.yaml", DemoOrders.Product);
        Save(folder, "orders-offer.yaml", DemoOrders.Offer);
        Parallel.ForEach(DemoData.Firms, new ParallelOptions { CancellationToken = cancellationToken }, firm =>
        {
            using var output = new StreamWriter(Path.Combine(folder, $"{firm.Id}.csv"), false, new UTF8Encoding(false), 1 << 16);
            DemoData.Write(output, firm, cancellationToken);
            Save(folder, $"{firm.Id}-wages.csv", DemoData.Wages(firm));
            Save(folder, $"{firm.Id}-orders.csv", DemoOrders.Csv(firm));
            Save(folder, $"{firm.Id}-offer.yaml", OfferOf(firm));
        });
        Save(folder, "trial.yaml", Trial());
        return Path.Combine(folder, "trial.yaml");
    }

    private static string OfferOf(DemoFirm firm)
    {
        var minUnits = firm.Id == "yunfeng" ? 30 : 10;
        // Without a list every dimension may group and filter and every measure be aggregated.
        var columns = firm.Id != "qiaoshou" ? "" : """
            columns:
              region: [group, filter]
              month: [group, filter]
              product_type: [group, filter]
              kwh_band: [group, filter]
              kwh: [count, sum, avg, variance]
              units: [count, sum, avg]
              price: [count, sum, avg]

            """;
        return $$"""
            offer: open-statistics
            product: knitting/1
            consumers: {kinds: [institute, government]}
            purposes: [research, statistics]
            {{columns}}release: checked
            aggregation: each
            disclosure: {min_units: {{minUnits}}}
            approval: automatic
            expires: 2099-12-31

            """;
    }

    private static string Trial()
    {
        var text = new StringBuilder("# SYNTHETIC data of the demonstration.\nproducts: [product.yaml, wages.yaml, orders.yaml]\nparticipants:\n");
        foreach (var firm in DemoData.Firms)
        {
            text.Append($"  - id: {firm.Id}\n    name: {firm.Name}\n    kind: enterprise\n    region: CN-ZJ\n    datasets:\n");
            text.Append($"      - {{product: knitting/1, source: {firm.Id}.csv, engine: {firm.Engine}, offer: {firm.Id}-offer.yaml}}\n");
            text.Append($"      - {{product: wages/1, source: {firm.Id}-wages.csv, engine: {firm.Engine}, offer: wages-offer.yaml}}\n");
            text.Append($"      - {{product: orders/1, source: {firm.Id}-orders.csv, engine: {firm.Engine}, offer: orders-offer.yaml}}\n");
        }

        text.Append("  - {id: bureau, name: Bureau of Statistics, kind: government, region: CN-ZJ, roles: [consumer]}\n");
        text.Append("  - {id: university, name: University, kind: institute, region: CN-ZJ, roles: [consumer]}\n");
        text.Append("  - {id: regulator, name: Energy Regulator, kind: government, region: CN-ZJ, roles: [consumer, auditor]}\n");
        text.Append("queries:\n");
        foreach (var question in Questions)
        {
            text.Append($"  - {{as: university, purpose: research, sql: \"{question}\"}}\n");
        }

        text.Append($"  - {{as: university, purpose: research, rho: 0.2, sql: \"{WagesQuestion}\"}}\n");
        text.Append($"  - {{as: university, purpose: research, aggregation: secure, sql: \"{DemoOrders.Question}\"}}\n");
        return text.ToString();
    }

    private static void Save(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
}
