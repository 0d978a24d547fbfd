namespace EtlTools.Bench;

/// <summary>One of several things that are measured in turn, so that a machine whose speed drifts treats them alike.</summary>
internal sealed class Subject(string name, Func<Taken> run)
{
    private readonly List<Taken> _taken = [];

    public string Name => name;

    /// <summary>The medians of its rounds.</summary>
    public Taken Median => new(MedianOf(taken => taken.Wall), MedianOf(taken => taken.Processor));

    /// <summary>Measures each in each round, after a round that is not counted.</summary>
    public static void MeasureInTurn(params Subject[] subjects)
    {
        for (int round = 0; round <= Measure.Rounds; round++)
        {
            foreach (Subject subject in subjects)
            {
                Taken taken = subject.Run();
                if (round > 0)
                    subject._taken.Add(taken);
            }
            Console.Error.WriteLine(round == 0 ? $"  {subjects[0].Name} and {subjects.Length - 1} more" : $"  round {round} of {Measure.Rounds}");
        }
    }

    /// <summary>Measures it once: it is slow, and not judged.</summary>
    public Subject MeasureOnce()
    {
        Console.Error.WriteLine($"  {name}");
        _taken.Add(Run());
        return this;
    }

    private Taken Run() => run();

    private double MedianOf(Func<Taken, double> figure) => _taken.Select(figure).Order().ElementAt(_taken.Count / 2);
}
