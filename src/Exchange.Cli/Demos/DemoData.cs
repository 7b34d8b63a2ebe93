using System.Globalization;

namespace Exchange.Cli.Demos;

/// <summary>
/// Synthetic rows: one per worker, machine and working day of a year. The same numbers on every machine and in every run,
/// because the generator is written here (SplitMix64) and only whole numbers are drawn.
/// </summary>
internal static class DemoData
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>Product types, the rarest last.</summary>
    public static readonly IReadOnlyList<string> ProductTypes = ["sweater", "sock", "scarf", "glove"];

    /// <summary>Monday to Saturday of 2025.</summary>
    public static readonly IReadOnlyList<DateOnly> WorkingDays =
        [.. Enumerable.Range(0, 365).Select(day => new DateOnly(2025, 1, 1).AddDays(day)).Where(day => day.DayOfWeek != DayOfWeek.Sunday)];

    /// <summary>The firms. Some product types have so few workers somewhere that their cells stay hidden.</summary>
    public static readonly IReadOnlyList<DemoFirm> Firms =
    [
        new("jinlong", "Jinlong Knitting", "jiaxing", "duckdb", "cells of 10 workers or more", [120, 60, 40, 24], 11),
        new("baihe", "Baihe Hosiery", "shaoxing", "duckdb", "cells of 10 workers or more", [30, 110, 36, 6], 22),
        new("yunfeng", "Yunfeng Garments", "huzhou", "sqlite", "cells of 30 workers or more", [80, 22, 45, 12], 33),
        new("qiaoshou", "Qiaoshou Workshop", "ningbo", "duckdb", "nothing about defects; cells of 10 workers or more", [28, 16, 12, 8], 44),
    ];

    /// <summary>Writes a firm's rows as CSV.</summary>
    public static void Write(TextWriter output, DemoFirm firm, CancellationToken cancellationToken)
    {
        output.Write("region,month,product_type,machine_id,worker_id,kwh,units,defects,price\n");
        var state = firm.Seed;
        var line = new System.Text.StringBuilder(96);
        foreach (var day in WorkingDays)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var worker = 0;
            for (var type = 0; type < ProductTypes.Count; type++)
            {
                for (var i = 0; i < firm.Workers[type]; i++)
                {
                    worker++;
                    Append(line.Clear(), firm, date, day.Month, type, worker, ref state);
                    output.Write(line);
                }
            }
        }
    }

    /// <summary>A firm's wages as CSV: a row per worker, of the workers of <see cref="Write"/>.</summary>
    public static string Wages(DemoFirm firm)
    {
        var (text, state) = (new System.Text.StringBuilder("region,years,wage,worker_id\n"), ~firm.Seed);
        for (var worker = 1; worker <= firm.Workers.Sum(); worker++)
        {
            var years = Draw(ref state, 30);
            var wage = 3800 + (years * 110) + Draw(ref state, 1800);
            text.Append(CultureInfo.InvariantCulture, $"{firm.Town},{years},{wage},{firm.Id}-{worker:0000}\n");
        }

        return text.ToString();
    }

    // Winter costs heating, small types cost more energy per piece, tired machines make more defects.
    private static void Append(System.Text.StringBuilder line, DemoFirm firm, string date, int month, int type, int worker, ref ulong state)
    {
        var units = 40 + (30 * (ProductTypes.Count - type)) + Draw(ref state, 60);
        var winter = month is 12 or 1 or 2 ? 60 : month is 6 or 7 or 8 ? 25 : 0;
        var kwhTenths = (units * (6 + type)) + winter + Draw(ref state, 200);
        var defects = Draw(ref state, 100) < 30 + (worker % 7 * 4) ? 1 + Draw(ref state, 5) : 0;
        var priceCents = 1500 + (type * 450) + Draw(ref state, 2500);
        line.Append(firm.Town).Append(',').Append(date).Append(',').Append(ProductTypes[type]).Append(",M")
            .Append(CultureInfo.InvariantCulture, $"{worker % 40:000},{firm.Id}-{worker:0000},{kwhTenths / 10}.{kwhTenths % 10},{units},{defects},{priceCents / 100}.{priceCents % 100:00}\n");
    }

    // SplitMix64 (Steele, Lea, Flood 2014); the slight bias of the remainder does not matter here.
    private static int Draw(ref ulong state, int count)
    {
        var z = state += GoldenGamma;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)count);
    }
}
