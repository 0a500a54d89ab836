/* A stream copy through libavformat. */
#include "media/video_index.h"

#include <fcntl.h>
#include <libavformat/avformat.h>
#include <unistd.h>

static bool copy_packets(AVFormatContext *in, AVFormatContext *out)
{
    AVPacket *packet = av_packet_alloc();
    bool ok = packet != NULL;
    while (ok && av_read_frame(in, packet) == 0) {
        av_packet_rescale_ts(packet, in->streams[0]->time_base, out->streams[0]->time_base);
        packet->pos = -1;
        ok = av_interleaved_write_frame(out, packet) >= 0;
    }
    av_packet_free(&packet);
    return ok;
}

static bool write_plain(AVFormatContext *in, AVFormatContext *out, const char *plain)
{
    AVStream *stream = avformat_new_stream(out, NULL);
    if (!stream || avcodec_parameters_copy(stream->codecpar, in->streams[0]->codecpar) < 0)
        return false;
    stream->codecpar->codec_tag = 0;
    stream->time_base = in->streams[0]->time_base;
    stream->avg_frame_rate = in->streams[0]->avg_frame_rate;
    out->flags |= AVFMT_FLAG_BITEXACT;
    if (avio_open(&out->pb, plain, AVIO_FLAG_WRITE) < 0)
        return false;
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", "faststart", 0);
    bool ok = avformat_write_header(out, &options) >= 0;
    av_dict_free(&options);
    ok = ok && copy_packets(in, out) && av_write_trailer(out) >= 0;
    return avio_closep(&out->pb) >= 0 && ok;
}

static bool flush_to_disk(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool ok = fsync(descriptor) == 0;
    close(descriptor);
    return ok;
}

bool video_index(const char *fragmented, const char *plain)
{
    AVFormatContext *in = NULL, *out = NULL;
    bool ok = avformat_open_input(&in, fragmented, NULL, NULL) == 0 && in->nb_streams == 1 &&
              avformat_find_stream_info(in, NULL) >= 0 &&
              avformat_alloc_output_context2(&out, NULL, "mp4", plain) >= 0 && write_plain(in, out, plain) &&
              flush_to_disk(plain);
    avformat_close_input(&in);
    avformat_free_context(out);
    if (!ok)
        unlink(plain);
    return ok;
}
