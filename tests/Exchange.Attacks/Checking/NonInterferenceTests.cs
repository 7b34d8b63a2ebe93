namespace Exchange.Attacks.Checking;

/// <summary>Two owners with other rows behind the same table: whatever they are asked, they say the same, to the last note.</summary>
public sealed class NonInterferenceTests(AttackExchange exchange)
{
    [Fact]
    public async Task Other_rows_behind_the_same_table_give_the_same_output_to_every_question()
    {
        await exchange.PublishProductAsync("single", Field.Columns);
        var (careful, twin) = (exchange.At("careful", "single"), exchange.At("twin", "single"));
        var rows = Field.Rows(seed: 5, workers: 900, rowsMax: 1);
        await careful.PublishAsync(Field.Csv(rows));
        await careful.OfferAsync(AttackExchange.Table);
        var table = await careful.TableAsync();

        var others = Disguised(rows, new BlockMap(table, rows));
        Assert.True(rows.Zip(others).Count(pair => pair.First.Pay != pair.Second.Pay) > 500);
        Assert.True(rows.Zip(others).Count(pair => pair.First.Trade != pair.Second.Trade) > 50);
        await twin.PublishAsync(Field.Csv(others));
        await twin.OfferAsync(AttackExchange.Table);
        var same = await twin.TableAsync();
        Assert.Equal(table.Blocks, same.Blocks);
        Assert.Equal(table.Figures, same.Figures);
        Assert.Equal(table.Withheld, same.Withheld);

        var random = new Random(23);
        for (var number = 0; number < QuestionCount.Value; number++)
        {
            var sql = number % 20 == 0 ? Refused[number / 20 % Refused.Length] : Question.Random(random).Sql("single");
            var (one, other) = (await careful.AskAsync(sql), await twin.AskAsync(sql));
            Assert.Equal(WithoutIds(one), WithoutIds(other));
        }
    }

    private static readonly string[] Refused =
    [
        "SELECT COUNT(*) FROM single WHERE age < 33", "SELECT COUNT(*) FROM single WHERE pay > 3", "SELECT MEDIAN(pay) FROM single",
        "SELECT SUM(pay * hours) FROM single", "SELECT COUNT(*) FROM single WHERE month = DATE '2025-02-17'", "SELECT trade, CORR(pay, hours) FROM single GROUP BY trade",
        "SELECT SUM(CASE WHEN trade = 'rare1' THEN pay END) FROM single", "SELECT COUNT(*) FROM single WHERE trade = region",
    ];

    /// <summary>
    /// Within each count block the members change places and values, and trades that the block does not name become others, with other
    /// counts: what is in every block stays.
    /// </summary>
    private static List<FieldRow> Disguised(List<FieldRow> rows, BlockMap map)
    {
        var random = new Random(17);
        var changed = new Dictionary<FieldRow, FieldRow>(ReferenceEqualityComparer.Instance);
        foreach (var block in map.CountBlocks)
        {
            var values = block.Rows.ToArray();
            random.Shuffle(values);
            foreach (var (row, value) in block.Rows.Zip(values))
            {
                changed.Add(row, row with
                {
                    Pay = value.Pay,
                    BonusCents = value.BonusCents,
                    Hours = value.Hours,
                    Trade = block.Description[4] == "*" ? $"odd{random.Next(40)}" : row.Trade,
                });
            }
        }

        return rows.ConvertAll(row => changed[row]);
    }

    // Ids, signatures and elapsed time are of the question, not of the data.
    private static string WithoutIds(Reply reply)
    {
        if (reply.Response is not { } response)
        {
            return reply.Json;
        }

        var plain = response.Clone();
        (plain.QueryId, plain.Query, plain.Elapsed) = ("", null, null);
        foreach (var part in plain.Coverage)
        {
            (part.ParticipantId, part.Receipt) = ("", null);
        }

        foreach (var part in plain.Rows.SelectMany(row => row.Parts))
        {
            part.ParticipantId = "";
        }

        var json = System.Text.Json.Nodes.JsonNode.Parse(reply.Json)!.AsObject();
        json.Remove("query_id");
        json.Remove("elapsed_ms");
        foreach (var part in (json["row_coverage"]?.AsArray() ?? []).SelectMany(row => row!["by_participant"]?.AsArray() ?? []))
        {
            part!.AsObject().Remove("participant");
        }

        foreach (var part in json["coverage"]!.AsArray())
        {
            part!.AsObject().Remove("participant");
            part.AsObject().Remove("receipt");
        }

        return $"{plain}\n{json.ToJsonString()}";
    }
}
