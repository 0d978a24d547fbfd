using EtlTools.Engine.Partitions;

namespace EtlTools.Engine.Tests.Partitions;

/// <summary>Which share a process has, in every environment that is known.</summary>
public sealed class PartitionReaderTests
{
    private const string SlurmArray = "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=8";
    private const string SlurmOne = "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=1";
    private const string SlurmSteps = "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=5";
    private const string SlurmList = "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=5 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3";
    private const string SlurmFromOne = "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=8";
    private const string SlurmZero = "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=0 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=1";
    private const string Sge = "SGE_TASK_ID=4 SGE_TASK_FIRST=1 SGE_TASK_LAST=8 SGE_TASK_STEPSIZE=1";

    [Theory]
    [InlineData("", null, null, "0/1 None")]
    [InlineData("", null, 1, "0/1 None")]
    [InlineData("", 3, 8, "3/8 Parameters")]
    [InlineData("ETL_PARTITION_INDEX=3 ETL_PARTITION_COUNT=8", null, null, "3/8 Variables")]
    [InlineData("ETL_PARTITION_INDEX=3", null, 8, "3/8 Variables")]
    [InlineData("ETL_PARTITION_INDEX=3 ETL_PARTITION_COUNT=8", 4, null, "4/8 Parameters")]
    [InlineData("ETL_PARTITION_INDEX=1 ETL_PARTITION_COUNT=2 " + SlurmArray, null, null, "1/2 Variables")]
    [InlineData("ETL_PARTITION_COUNT=8 " + SlurmOne, null, null, "5/8 Slurm 1")]
    [InlineData(SlurmArray, null, null, "3/8 Slurm 1")]
    [InlineData(SlurmArray + " SLURM_RESTART_COUNT=2", null, null, "3/8 Slurm 3")]
    [InlineData(SlurmOne, null, 8, "5/8 Slurm 1")]
    [InlineData(SlurmList, null, 6, "2/6 Slurm 1")]
    [InlineData(SlurmZero, null, null, "0/1 Slurm 1")]
    [InlineData(SlurmZero, null, 8, "0/8 Slurm 1")]
    [InlineData("JOB_COMPLETION_INDEX=2", null, 4, "2/4 Kubernetes")]
    [InlineData("AWS_BATCH_JOB_ARRAY_INDEX=7 AWS_BATCH_JOB_ARRAY_SIZE=9 AWS_BATCH_JOB_ATTEMPT=2", null, null, "7/9 AwsBatch 2")]
    [InlineData("AWS_BATCH_JOB_ARRAY_INDEX=7", null, 9, "7/9 AwsBatch")]
    [InlineData("AWS_BATCH_JOB_ARRAY_INDEX=2 JOB_COMPLETION_INDEX=2", null, 4, "2/4 AwsBatch")]
    [InlineData("BATCH_TASK_INDEX=1 BATCH_TASK_COUNT=3 BATCH_TASK_RETRY_ATTEMPT=0", null, null, "1/3 GoogleBatch 1")]
    [InlineData("CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=3 CLOUD_RUN_TASK_ATTEMPT=1", null, null, "1/3 CloudRun 2")]
    [InlineData(Sge, null, null, "3/8 GridEngine")]
    [InlineData("SGE_TASK_ID=undefined SGE_TASK_FIRST=undefined SGE_TASK_LAST=undefined", null, null, "0/1 None")]
    public void Read_OneThatIsSure_IsTaken(string environment, int? index, int? count, string expected)
    {
        Partition found = Reader(environment).Read(index, count);
        Assert.Equal(expected, $"{found} {found.Engine} {found.Attempt}".TrimEnd());
    }

    [Theory]
    [InlineData("", null, 8, "nothing says which of them this is")]
    [InlineData("", 3, null, "nothing gives the number of shares")]
    [InlineData("", 8, 8, "from 0 to 7")]
    [InlineData("", 0, 10_001, "at most 10000 shares")]
    [InlineData("ETL_PARTITION_INDEX=3", null, null, "Set ETL_PARTITION_COUNT")]
    [InlineData("ETL_PARTITION_INDEX=8 ETL_PARTITION_COUNT=8", null, null, "from 0 to 7")]
    [InlineData("ETL_PARTITION_INDEX=3 ETL_PARTITION_COUNT=8", null, 4, "-Count is 4, but ETL_PARTITION_COUNT is 8")]
    [InlineData("ETL_PARTITION_INDEX=x ETL_PARTITION_COUNT=8", null, null, "ETL_PARTITION_INDEX is not a number")]
    [InlineData("ETL_PARTITION_INDEX=-1 ETL_PARTITION_COUNT=8", null, null, "ETL_PARTITION_INDEX is not a number")]
    [InlineData("ETL_PARTITION_INDEX=0 ETL_PARTITION_COUNT=0", null, null, "ETL_PARTITION_COUNT is 0")]
    [InlineData(SlurmOne, null, null, "1 processes with numbers from 5 to 5")]
    [InlineData(SlurmSteps, null, null, "in steps of 2")]
    [InlineData(SlurmList, null, null, "3 processes with numbers from 0 to 5")]
    [InlineData(SlurmFromOne, null, null, "from 1 to 8")]
    [InlineData(SlurmFromOne, null, 8, "SLURM_ARRAY_TASK_MAX is 8")]
    [InlineData(SlurmArray, null, 4, "SLURM_ARRAY_TASK_MAX is 7")]
    [InlineData("SLURM_ARRAY_TASK_ID=3", null, null, "SLURM_ARRAY_TASK_MIN is not set")]
    [InlineData("JOB_COMPLETION_INDEX=2", null, null, "Kubernetes does not give the number of shares")]
    [InlineData("JOB_COMPLETION_INDEX=4", null, 4, "from 0 to 3")]
    [InlineData("AWS_BATCH_JOB_ARRAY_INDEX=7", null, null, "AwsBatch does not give the number of shares")]
    [InlineData("AWS_BATCH_JOB_ARRAY_INDEX=2 JOB_COMPLETION_INDEX=3", null, 4, "AwsBatch 2/4, Kubernetes 3/4")]
    [InlineData("SGE_TASK_ID=0 SGE_TASK_FIRST=0 SGE_TASK_LAST=7 SGE_TASK_STEPSIZE=1", null, null, "not all from 1 on")]
    [InlineData(Sge, null, 7, "SGE_TASK_LAST is 8")]
    public void Read_OneInDoubt_IsRefused(string environment, int? index, int? count, string expected)
    {
        var e = Assert.Throws<EtlException>(() => Reader(environment).Read(index, count));
        Assert.Equal(FailureCodes.PartitionImpossible, e.Code);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/data/big.dead.jsonl", "/data/big.dead.p0003.jsonl")]
    [InlineData("dead", "dead.p0003")]
    [InlineData("/a.b/dead", "/a.b/dead.p0003")]
    public void LetterOf_AnyPath_HasTheNumberBeforeTheExtension(string path, string expected) =>
        Assert.Equal(expected, new Partition(3, 8, "Parameters").LetterOf(path));

    private static PartitionReader Reader(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(pair => pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return new PartitionReader(variables.GetValueOrDefault);
    }
}
