using System.Globalization;
using EtlTools.Engine.Load;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Two loads whose keys meet in opposite orders: transactions of one stop those of the other, and both come to their end.</summary>
public class PostgresDeadlockTests
{
    private const int Keys = 40;
    private const int Rounds = 6;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Load_KeysInOppositeOrders_BothLoadsEndAndAreRight(bool orderMatters)
    {
        // Each row takes its time, so that batches meet. With a trigger the order of a batch is kept, by one writer; without one its keys are in
        // order within a statement, but a row that a check refuses makes several statements of a transaction.
        using var db = new PostgresTestTarget(
            "CREATE FUNCTION rest(v int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN v >= 0; END $$",
            "CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$",
            "CREATE TABLE t (id int PRIMARY KEY, who text, v int CHECK (rest(v)))",
            orderMatters ? "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION take()" : "SELECT 1");
        LoadOptions options = db.Options with { BatchSize = 20, ThrottleLimit = 4, OutageBudget = TimeSpan.FromSeconds(60) };
        LoadRun[] runs = await Task.WhenAll(LoadAsync("up", id => id), LoadAsync("down", id => Keys - 1 - id));

        Assert.All(runs, run => Assert.Equal(Rounds, run.Summary.Errors));
        Assert.Equal(Keys, runs.Sum(run => run.Summary.Inserted));
        Assert.All(runs, run => Assert.Equal((Rounds * Keys) - Rounds, run.Summary.Inserted + run.Summary.Updated + run.Summary.Superseded));
        Assert.True(runs.Sum(run => run.Counters.Retries) > 0, "The loads did not meet.");
        // Of each key the last value of one of them: the round before the last where that was refused.
        string[] rows = db.Rows("SELECT id, who, v FROM t ORDER BY id");
        Assert.Equal(Keys, rows.Length);
        foreach (string row in rows)
        {
            string[] parts = row.Split('|');
            int last = IsRefused(int.Parse(parts[0], CultureInfo.InvariantCulture), Rounds - 1) ? Rounds - 2 : Rounds - 1;
            Assert.Equal(last.ToString(CultureInfo.InvariantCulture), parts[2]);
        }

        Task<LoadRun> LoadAsync(string who, Func<int, int> key) => Task.Run(() => TestDatabase.LoadAsync(options, Enumerable.Range(0, Rounds * Keys).Select(i =>
        {
            (int round, int id) = (i / Keys, key(i % Keys));
            return Rec.Of("id", id, "who", who, "v", IsRefused(id, round) ? -1 : round);
        })));
    }

    /// <summary>One key a round, never the same in two rounds after another.</summary>
    private static bool IsRefused(int id, int round) => id == round * 7 % Keys;
}
