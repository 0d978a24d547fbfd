using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;
using EtlTools.Engine.Transform.Rules;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>Runs transforms in a real stage.</summary>
internal static class Transforming
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    public static Record One(RuleOptions rules, params (string Name, object? Value)[] columns) =>
        Assert.Single(Run(new TransformOptions { Rules = rules }, Make(columns)));

    public static List<Record> Run(TransformOptions options, params Record[] records) => Run(options, 1, 128, records);

    public static List<Record> Run(TransformOptions options, int workers, int buffer, params Record[] records)
    {
        var transform = new RecordTransform(options);
        var stage = new RecordPoolStage("test", new StageOptions { ThrottleLimit = workers, BufferSize = buffer }, TimeProvider.System, port => TransformWorker.RunAsync(port, transform));
        try
        {
            var output = new List<Record>();
            foreach (Record record in records)
            {
                while (!stage.TryPost(record))
                {
                    Take(stage, output);
                    stage.Wait(Beat);
                }
            }
            stage.CompleteInput();
            while (!stage.IsEnded)
            {
                Take(stage, output);
                stage.Wait(Beat);
            }
            Assert.True(stage.Counters.Balanced);
            return output;
        }
        finally
        {
            stage.DisposeAsync().AsTask().Wait();
        }
    }

    public static Record Make(params (string Name, object? Value)[] columns) =>
        new(new Schema(columns.Select(column => column.Name)), [.. columns.Select(column => column.Value)]);

    public static string Show(Record record) =>
        string.Join(' ', Enumerable.Range(0, record.Schema.Count).Select(i => FormattableString.Invariant($"{record.Schema[i]}={record[i] ?? "null"}")));

    private static void Take(RecordPoolStage stage, List<Record> output)
    {
        while (stage.TryTake(out Record? record))
            output.Add(record);
    }
}
